using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Models;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using TorchSharp;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Damaged or impossible metadata in a third-party weights file is a clear error.</summary>
public sealed class StrangersMetadataTests : VideoRuns
{
    private const string Stranger = "stranger.safetensors";

    /// <summary>Task with one class per caption.</summary>
    private static readonly RunConfig OfClasses = ConfigFile.Parse("""
        family: latent-transformer
        model: { architecture: st-dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 4, conditioning: class, num_classes: 6 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 1, seed: 1 }
        """, "classes");

    [Theory]
    [InlineData("rows", "{}")]
    [InlineData("rows", "{\"Passed\":[null],\"Failed\":[]}")]
    [InlineData("rows", "{\"Passed\":[]")]
    [InlineData("metrics", "[]")]
    [InlineData("metrics", "{\"val.loss\":null}")]
    [InlineData("step", "-1")]
    public void Impossible_description_is_listed_as_damaged(string key, string value)
    {
        Run("run", OfClasses, 1);
        Change(key, value);
        var refused = Assert.Throws<TinySoraException>(() => Checkpoint.Open(folder.File(Stranger)).Dispose());
        Assert.Equal("TinySora.Checkpoint.Damaged", refused.Id);
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);

        var step = folder.File("run", "step-00000002.safetensors");
        File.Move(folder.File(Stranger), step);
        var found = CheckpointStore.List(folder.File("run"));
        Assert.Equal(1, CheckpointStore.Latest(folder.File("run")).Step);
        Assert.Equal(refused.Message.Replace(folder.File(Stranger), step, StringComparison.Ordinal), found[^1].Problem);
    }

    [Theory]
    [InlineData("plateau", "{\"Waited\":-1}")]
    [InlineData("plateau", "{\"Factor\":0}")]
    [InlineData("plateau", "{\"Factor\":1e999}")]
    public void Checkpoint_without_valid_training_progress_is_not_opened(string key, string value)
    {
        Run("run", OfClasses, 1);
        Change(key, value);
        var refused = Assert.Throws<TinySoraException>(() => Checkpoint.Open(folder.File(Stranger)).Dispose());
        Assert.Equal("TinySora.Checkpoint.Damaged", refused.Id);
    }

    [Theory]
    [InlineData("classes", "[\"a\"")]
    [InlineData("classes", "null")]
    [InlineData("classes", "[null]")]
    [InlineData("classes", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\"]")]
    [InlineData("latent_mean", "[0,0,0")]
    [InlineData("latent_mean", "[0,0]")]
    [InlineData("latent_mean", "null")]
    [InlineData("latent_mean", "[0,0,1e39]")]
    [InlineData("latent_deviation", "[1,1,0]")]
    public void Impossible_model_is_refused(string key, string value)
    {
        Run("run", OfClasses, 1);
        Change(("task.latent_mean", "[0,0,0]"), ("task.latent_deviation", "[1,1,1]"), ($"task.{key}", value));
        var refused = Assert.Throws<TinySoraException>(() => LoadedModel.Open(folder.File(Stranger), "cpu").Dispose());
        Assert.Equal("TinySora.Model.DescriptionDamaged", refused.Id);
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);

        if (key != "classes")
        {
            var import = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File(Stranger), new RunConfig(), keepOwn: true).Dispose());
            Assert.Equal(refused.Id, import.Id);
        }
    }

    [Fact]
    public void Vocabulary_without_words_offers_no_prompt_words()
    {
        Run("run", OfClasses, 1);
        Change("task.vocabulary", "[\"\",\"red\"]");
        Assert.Empty(ModelVocabulary.Read(folder.File(Stranger)));
    }

    private void Change(string key, string value) => Change((key, value));

    /// <summary>Copies the run's checkpoint with changed metadata.</summary>
    private void Change(params (string Key, string Value)[] changes)
    {
        using var scope = torch.NewDisposeScope();
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File("run")).Path);
        Dictionary<string, string> metadata = new(file.Metadata);
        foreach (var (key, value) in changes)
        {
            metadata[key] = value;
        }

        SafetensorsFile.Write(folder.File(Stranger), metadata, file.Tensors.Select(item => (item.Key, item.Value.Read())));
    }
}
