using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Training.Checkpoints;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Families;

/// <summary>Imported weights can be trained further with the configuration that they were imported with, although the import sets some of its keys.</summary>
public sealed class ForeignRunTests : VideoRuns
{
    private const string Codec = """
        family: video-autoencoder
        model: { network_variant: s1x4x4_fsq, fsq_levels: [4, 4], n_hiddens: 8, n_res_layers: 1 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 1, seed: 1 }
        """;

    private const string Trainer = "trainer: { train_batch_size: 2, train_num_steps: 8, save_model_every: 1, keep_checkpoints: 0, seed: 3, step_start_ema: 0, ema_decay: 0.5, update_ema_every: 1 }";

    /// <summary>One configuration for each key that the import sets.</summary>
    public static TheoryData<string, string> Models => new()
    {
        { "model.codes", "family: token-model\nmodel: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 16, block_size: 24 }\nclip: { frames: 4, height: 16 }\ntokens: { codec: 'CODEC' }" },
        { "model.codes", "family: token-model\nmodel: { architecture: mdgpt, n_layer: 1, n_head: 2, n_embd: 16, sparse_block_size: 16 }\nclip: { frames: 4, height: 16 }\ntokens: { codec: 'CODEC' }" },
        { "clip.pixel_range", "family: latent-transformer\nmodel: { architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 4 }\nclip: { frames: 4, height: 16 }\nlatents: { codec: '' }\ndiffusion: { timesteps: 20 }" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Training_resumes_with_the_configuration_of_the_import(string key, string yaml)
    {
        Run("codec", ConfigFile.Parse(Codec, "codec"), null);
        var config = ConfigFile.Parse($"{yaml.Replace("CODEC", folder.File("codec"), StringComparison.Ordinal)}\n{Trainer}", "tiny");
        Run("run", config, 1);
        Publish(config);
        using (var import = CheckpointImport.Open(folder.File("ckpt.pt"), config))
        {
            import.Save(folder.File("imported"));
        }

        var stored = CheckpointStore.Latest(folder.File("imported"));
        Assert.Contains(ConfigFile.Compare(config, ConfigFile.ParseStored(stored.ConfigYaml, "stored")), difference => difference.Key == key);
        var expected = ConfigFile.ParseStored(stored.ConfigYaml, "stored");

        // Training and planning can be repeated; the run keeps the values that the import set.
        foreach (var step in (int[])[2, 3, 4])
        {
            Run("imported", config, step);
            var newest = CheckpointStore.Latest(folder.File("imported"));
            Assert.Equal(step, newest.Step);
            Assert.Empty(ConfigFile.Compare(expected, ConfigFile.ParseStored(newest.ConfigYaml, "newest")));
        }

        // A second run starts from these weights, and is resumed too.
        Tuned(1);
        Tuned(2);

        // A key that the user changes is still reported as a difference.
        var other = config with { Trainer = config.Trainer with { TrainBatchSize = 3 } };
        var error = Assert.Throws<TinySoraException>(() => Run("imported", other, 5));
        Assert.Equal("TinySora.Training.OtherConfiguration", error.Id);
        Assert.Contains("trainer.train_batch_size", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);

        void Tuned(int step) => Run("tuned", config, step, initial: stored.Path);
    }

    /// <summary>Returns the weights of a run under their published names, without buffers.</summary>
    private void Publish(RunConfig config)
    {
        var published = ModelFamilies.Of(config).Published!;
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File("run")).Path);
        var weights = ModelWeights.Of(file, averaged: false, published).Where(item => !published.IsOurs(item.Key))
            .SelectMany(item => published.NamesInFile(item.Key).Select(name => (name, Weight: PublishedFile.Stored(item.Value.Read()))))
            .ToDictionary(item => item.name, item => (object)item.Weight);
        foreach (var (name, table) in published.Tables(config))
        {
            weights[name] = table;
        }

        PublishedFile.Write(folder.File("ckpt.pt"), new() { ["model"] = weights, ["iter_num"] = 1 });
    }
}
