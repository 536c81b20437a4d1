using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Runs;

/// <summary>Adapters for small base models of several families, trained on clips with a new word.</summary>
public sealed class AdapterRunTests : VideoRuns
{
    private const string Prompt = "a pink circle moving right";

    private const string DiT = "{ architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text }";

    private const string Latent = """
        family: latent-transformer
        model: MODEL
        UNET
        clip: { frames: 4, height: 16 }
        latents: { codec: CODEC }
        text: { width: 12 }
        diffusion: { timesteps: 20, sampling_steps: 2 }
        """;

    private const string Pixels = """
        family: pixel-unet
        model: { dim: 8, dim_mults: [1, 2], init_kernel_size: 3, attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16 }
        diffusion: { height: 16, frames: 4, timesteps: 20, sampling_steps: 2 }
        """;

    private const string Codec = """
        family: video-autoencoder
        model: { network_variant: s1x4x4_kl, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 1, num_sample_rows: 0, seed: 1 }
        """;

    private const string Trainer =
        "\ntrainer: { train_batch_size: 2, train_num_steps: 6, train_lr: 0.01, ema_decay: 0.5, step_start_ema: 0, update_ema_every: 1, seed: 3, num_sample_rows: 0, cond_drop_prob: 0 }";

    private readonly RecordingObserver observer = new();

    public AdapterRunTests()
    {
        foreach (var color in new[] { "pink", "lime" })
        {
            var options = new DrawOptions { Count = 4, Seed = 8, Size = 16, Frames = 4, IncludeHeldOut = true, Colors = [color] };
            Assert.Equal(4, DatasetWriter.Draw(folder.File(color), DatasetKinds.Shapes, options).Count());
        }
    }

    /// <summary>U-Nets over pixels and latents, and transformers over both.</summary>
    public static TheoryData<string> Models { get; } = new() { "pixel-unet", "unet", "dit", "latent-dit" };

    [Theory]
    [MemberData(nameof(Models))]
    public void Adapter_learns_the_new_word_and_leaves_the_base_model_untouched(string model)
    {
        var config = Base(model);
        var before = File.ReadAllBytes(BasePath);
        Adapt("pink", config, steps: 40);
        Assert.Equal(before, File.ReadAllBytes(BasePath));
        var losses = observer.Logged.Select(step => step.Loss).ToList();
        Assert.InRange(losses.TakeLast(8).Average(), 0, 0.95 * losses.Take(8).Average());

        var info = CheckpointStore.Latest(folder.File("pink"));
        Assert.Equal(("pink", BasePath), (info.AdapterOf!.Name, info.AdapterOf.Base));
        Assert.Contains("pink", info.AdapterOf.Words);
        Assert.Null(CheckpointStore.Latest(BasePath).AdapterOf);
        Assert.NotEqual(Sample(BasePath), Sample(BasePath, Use("pink")));
        using var generator = VideoGenerator.Open(BasePath, "cpu", adapters: [Use("pink")]);
        Assert.Empty(generator.Video.UnknownWords("a pink"));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Merged_adapter_equals_the_applied_one_and_strength_0_equals_the_base_model(string model)
    {
        Adapt("pink", Base(model));
        var applied = Sample(BasePath, Use("pink"));
        CheckpointExport.Write(BasePath, folder.File("merged.safetensors"), ExportFormat.Safetensors, adapters: [Use("pink")]);
        Assert.Equal(applied, Sample(folder.File("merged.safetensors")));
        Assert.Equal(applied, Sample(folder.File("pink")));
        Assert.Equal(applied, Sample(BasePath, new AppliedAdapter(CheckpointStore.Latest(folder.File("pink")).Path)));
        Assert.Equal(Sample(BasePath), Sample(BasePath, Use("pink", 0)));
        Assert.NotEqual(applied, Sample(BasePath, Use("pink", 0.5)));
    }

    [Fact]
    public void Run_of_an_adapter_applies_it_once_with_the_requested_strength()
    {
        Adapt("pink", Base("pixel-unet"));
        foreach (var strength in (double[])[0, 0.5, 1])
        {
            Assert.Equal(Sample(BasePath, Use("pink", strength)), Sample(folder.File("pink"), Use("pink", strength)));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Resumed_run_equals_an_uninterrupted_one(string model)
    {
        var config = Base(model);
        Adapt("whole", config);
        Adapt("parts", config, steps: 2);
        Adapt("parts", config, steps: 5);
        Adapt("parts", config, initial: null);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
    }

    /// <summary>A run that is killed between the two files has written its adapter, because a rerun of a complete run writes nothing.</summary>
    [Fact]
    public void Adapter_file_is_never_older_than_the_newest_checkpoint()
    {
        var config = Base("pixel-unet");
        Adapt("pink", config, steps: 2);
        Directory.CreateDirectory(CheckpointStore.PathOf(folder.File("pink"), 6) + AtomicFile.PartialSuffix);
        Assert.Equal("TinySora.Checkpoint.CannotWrite", Assert.Throws<TinySoraException>(() => Adapt("pink", config)).Id);
        Assert.Equal(2, CheckpointStore.Latest(folder.File("pink")).Step);
        Assert.Equal(6, CheckpointStore.Latest(folder.File("pink", AdapterInfo.FileName)).Step);
    }

    [Fact]
    public void Adapters_stack_in_any_order_with_their_words()
    {
        var config = Base("pixel-unet");
        Adapt("pink", config);
        Adapt("lime", config, data: "lime");
        using var both = VideoGenerator.Open(BasePath, "cpu", adapters: [Use("pink", 0.8), Use("lime")]);
        Assert.Empty(both.Video.UnknownWords("a pink lime square"));
        Assert.Equal(["pink=0.8", "lime"], both.Adapters);

        var (one, other) = (Weights(Use("pink")), Weights(Use("lime")));
        var (none, stacked) = (Weights(), Weights(Use("pink"), Use("lime")));
        foreach (var name in none.Keys.Where(name => name != "text.words.weight"))
        {
            Assert.All(stacked[name].Select((value, i) => Math.Abs(value - (one[name][i] + other[name][i] - none[name][i]))), gap => Assert.InRange(gap, 0, 1e-6));
        }

        // First the base model's rows, then those of the new words. The row of a word that only one adapter has is the same as with this adapter alone.
        var known = none["text.words.weight"].Length;
        Assert.Equal(none["text.words.weight"], stacked["text.words.weight"].Take(known));
        var (words, ones) = (Words(Use("pink"), Use("lime")), Words(Use("pink")));
        Assert.Equal(16 * (words.Count + 2), stacked["text.words.weight"].Length);
        Assert.Equal(Row(one, ones, "pink"), Row(stacked, words, "pink"));
        Assert.Equal(Row(other, Words(Use("lime")), "lime"), Row(stacked, words, "lime"));
        Assert.NotEqual(Row(stacked, words, "lime"), Row(stacked, words, "pink"));

        static IEnumerable<float> Row(Dictionary<string, float[]> weights, List<string> words, string word) =>
            weights["text.words.weight"].Skip(16 * (words.IndexOf(word) + 2)).Take(16);
    }

    [Fact]
    public void Other_base_model_is_rejected()
    {
        var config = Base("pixel-unet");
        Adapt("pink", config);
        Run("other", With(config, 4), 1);
        var other = CheckpointStore.Latest(folder.File("other")).Path;
        var error = Assert.Throws<TinySoraException>(() => VideoGenerator.Open(other, "cpu", adapters: [Use("pink")]));
        Assert.Equal("TinySora.Adapter.OtherBase", error.Id);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Adapter.OtherBase", Assert.Throws<TinySoraException>(() => Adapt("pink", config, initial: other, steps: 9)).Id);
        Assert.Equal("TinySora.Adapter.NotAnAdapter", Assert.Throws<TinySoraException>(
            () => VideoGenerator.Open(BasePath, "cpu", adapters: [new AppliedAdapter(other)])).Id);
        Assert.Equal("TinySora.Adapter.BaseIsAdapter", Assert.Throws<TinySoraException>(() => Adapt("next", config, initial: Use("pink").Path)).Id);
        Assert.Equal("TinySora.Adapter.NeedsBase", Assert.Throws<TinySoraException>(() => Adapt("next", config, initial: null)).Id);

        File.Delete(BasePath);
        Assert.Equal("TinySora.Adapter.BaseMissing", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(folder.File("pink"), "cpu")).Id);
    }

    [Fact]
    public void Run_of_an_adapter_is_not_resumed_as_another_one()
    {
        var config = Base("pixel-unet");
        Adapt("pink", config, steps: 1);
        Assert.Equal("TinySora.Adapter.OtherRun", Assert.Throws<TinySoraException>(() => Run("pink", config, 9)).Id);
        Assert.Equal("TinySora.Adapter.OtherRun", Assert.Throws<TinySoraException>(() => Adapt("base", config, steps: 9)).Id);
        Assert.Equal("TinySora.Adapter.BadName", Assert.Throws<TinySoraException>(() => Adapt("a=b", config)).Id);
    }

    /// <summary>All weights can be fine-tuned with new layers, but an adapter contains only updates of existing ones.</summary>
    [Fact]
    public void Adapter_cannot_add_text_attention()
    {
        var config = Base("unet");
        var own = (LatentTransformerConfig)config.Family;
        var error = Assert.Throws<TinySoraException>(
            () => Adapt("pink", config with { Family = own with { Unet = own.Unet with { TextAttention = true } } }));
        Assert.Equal("TinySora.Training.OtherInitialModel", error.Id);
        Assert.Contains("unet.text_attention: false in the checkpoint, true in this configuration", error.Message, StringComparison.Ordinal);
        Assert.False(CheckpointStore.IsIn(folder.File("pink")));
    }

    /// <summary>The bundled model shapes-lean at the default rank, whose adapter file is the largest that fits in 150 kB.</summary>
    [Fact]
    public void Adapter_file_of_the_bundled_model_is_small()
    {
        var path = Repository.At("models", "shapes-lean.safetensors");
        var stored = CheckpointStore.Latest(path).ConfigYaml;
        var config = ConfigFile.ParseStored(stored, path, AdapterDefaults.For(ConfigFile.FamilyOf(stored, path)));
        config = config with
        {
            Family = config.Family.MapPaths(part => ModelDependency.Locate(path, part)),
            Trainer = config.Trainer with { TrainBatchSize = 1, SampleAt = [], NumSampleRows = 0 },
        };
        var options = new DrawOptions { Count = 2, Size = 32, Frames = 5, IncludeHeldOut = true, Colors = ["pink"] };
        Assert.Equal(2, DatasetWriter.Draw(folder.File("larger"), DatasetKinds.Shapes, options).Count());
        Adapt("pink", config, initial: path, steps: 1, data: "larger");
        var adapter = Use("pink").Path;
        Assert.InRange(new FileInfo(adapter).Length, LowRankUpdates.MaxBytes / 2, LowRankUpdates.MaxBytes);
        Assert.Equal(("shapes-lean.safetensors", 2), (CheckpointStore.Latest(adapter).AdapterOf!.Base, CheckpointStore.Latest(adapter).AdapterOf!.Rank));
    }

    private string BasePath => CheckpointStore.Latest(folder.File("base")).Path;

    private static RunConfig With(RunConfig config, long seed) => config with { Trainer = config.Trainer with { Seed = seed } };

    private AppliedAdapter Use(string run, double strength = 1) => new(folder.File(run, AdapterInfo.FileName), strength);

    /// <summary>Trains the base model for a few steps.</summary>
    private RunConfig Base(string model)
    {
        if (model == "latent-dit")
        {
            Run("codec", ConfigFile.Parse(Codec, "codec"), 1);
        }

        var text = model switch
        {
            "pixel-unet" => Pixels,
            "unet" => Latent.Replace("MODEL", "{ architecture: unet, conditioning: text }", StringComparison.Ordinal).Replace("UNET", "unet: { dim: 8 }", StringComparison.Ordinal),
            _ => Latent.Replace("MODEL", DiT, StringComparison.Ordinal).Replace("UNET", "", StringComparison.Ordinal),
        };
        var config = ConfigFile.Parse(text.Replace("CODEC", model == "latent-dit" ? $"'{folder.File("codec")}'" : "''", StringComparison.Ordinal) + Trainer, model);
        Run("base", config, 3);
        return config;
    }

    private TrainingResult Adapt(string name, RunConfig config, int? steps = null, string? initial = "", string data = "pink")
    {
        observer.Logged.Clear();
        return TrainingSession.Run(
            new()
            {
                Config = config with { Trainer = config.Trainer with { TrainNumSteps = steps is > 9 ? steps.Value : config.Trainer.TrainNumSteps } },
                Adapter = name, DataPath = folder.File(data), ResultsPath = folder.File(name), Device = "cpu", MaxSteps = steps,
                InitialCheckpoint = initial is "" ? BasePath : initial,
            },
            observer, CancellationToken.None);
    }

    private static byte[] Sample(string checkpoint, params AppliedAdapter[] adapters)
    {
        using var generator = VideoGenerator.Open(checkpoint, "cpu", adapters: adapters);
        return Assert.Single(generator.Sample([new ClipPrompt(1) { Text = Prompt }])).Clip.Pixels;
    }

    private List<string> Words(params AppliedAdapter[] adapters)
    {
        using var checkpoint = Checkpoint.Open(BasePath, adapters);
        return [.. WordTokenizer.FromJson(checkpoint.TaskMetadata[LearnedTextEncoder.VocabularyKey])!.Vocabulary];
    }

    private Dictionary<string, float[]> Weights(params AppliedAdapter[] adapters) => EngineThread.Run(() =>
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var checkpoint = Checkpoint.Open(BasePath, adapters);
        return ModelWeights.Of(checkpoint.Weights, averaged: true).ToDictionary(item => item.Key, item => item.Value.Read().data<float>().ToArray());
    });
}
