using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Models;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>Training of only the decoder of an autoencoder (`loss.decoder_only`).</summary>
public sealed class DecoderTrainingTests : VideoRuns
{
    private const string Trainer =
        "trainer: { train_batch_size: 2, train_num_steps: 2, train_lr: 0.01, seed: 1, ema_decay: 0.5, step_start_ema: 0, update_ema_every: 1 }";

    private const string Latte =
        "{ z_channels: 2, down_channels: [4, 8], mid_channels: [8], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }";

    private const string Diffusers = "{ network: autoencoder-kl, frame_channels: 3, down_channels: [4, 8], norm_channels: 4 }";

    /// <summary>Configurations with every network for clips that is not equal or nearly equal to another, and with the networks and losses for frames.</summary>
    public static TheoryData<string> Autoencoders { get; } =
    [
        .. NetworkVariants.All.Where(variant => variant.Name is not ("s8_b" or "encode133111_decode111111")).Select(variant => Clips(variant.Name)),
        Frames(Latte, ""), Frames(Latte, "disc_weight: 0.5, "), Frames(Diffusers, ""),
    ];

    [Theory]
    [MemberData(nameof(Autoencoders))]
    public void Decoder_changes_but_latents_and_their_hash_do_not(string yaml)
    {
        Run("first", Config(yaml), null);
        Train("decoder", "first", yaml, steps: 1);
        Train("decoder", "first", yaml); // resumed
        Train("again", "decoder", yaml);
        var first = Measure("first");
        foreach (var run in new[] { "decoder", "again" })
        {
            var trained = Measure(run);
            Assert.Equal(first.Latents, trained.Latents);
            Assert.Equal(first.Hash, trained.Hash);
            Assert.NotEqual(first.Clips, trained.Clips);
            Assert.NotEqual(first.ModelHash, trained.ModelHash);
        }

        Assert.Equal(first.Hash, first.ModelHash);
    }

    [Fact]
    public void Latents_get_another_hash_if_the_encoder_changes_after_all()
    {
        var yaml = Clips("s1x4x4_kl");
        Run("first", Config(yaml), null);
        Train("decoder", "first", yaml);
        Train("all", "decoder", yaml, decoderOnly: false);
        Train("scaled", "first", yaml.Replace("height: 16", "height: 16, antialias: false", StringComparison.Ordinal));
        CheckpointExport.Write(
            CheckpointStore.Latest(folder.File("decoder")).Path, folder.File("rounded"), ExportFormat.Safetensors, type: WeightType.BFloat16);
        var first = Measure("first");
        foreach (var run in new[] { "all", "scaled", "rounded" })
        {
            var changed = Measure(run);
            Assert.NotEqual(first.Hash, changed.Hash);
            Assert.Equal(changed.ModelHash, changed.Hash);
        }
    }

    [Fact]
    public void Model_makes_other_clips_with_a_new_decoder_without_encoding_again()
    {
        var yaml = Clips("s1x4x4_kl");
        Run("codec", Config(yaml), null);
        var model = ConfigFile.Parse($"""
            family: latent-transformer
            model: {"{"} architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 2 {"}"}
            clip: {"{"} frames: 4, height: 16 {"}"}
            latents: {"{"} codec: '{folder.File("codec")}' {"}"}
            {Trainer}
            """, "model");
        Run("model", model, null);
        var store = Assert.Single(Directory.GetFiles(folder.File("data", "train", ".tinysora"), "latents-*.bin"));
        var (written, before) = (File.GetLastWriteTimeUtc(store), Generate());

        Train("decoder", "codec", yaml);
        Directory.Delete(folder.File("codec"), recursive: true);
        Directory.Move(folder.File("decoder"), folder.File("codec"));
        var after = Generate();
        Assert.NotEqual(before.Clip, after.Clip);
        Assert.NotEqual(before.Hash, after.Hash); // so that a recipe notices the new decoder
        Run("model", model with { Trainer = model.Trainer with { TrainNumSteps = 3 } }, 3);
        Assert.Equal([store], Directory.GetFiles(folder.File("data", "train", ".tinysora"), "latents-*.bin"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(store));

        (byte[] Clip, string Hash) Generate()
        {
            var path = CheckpointStore.Latest(folder.File("model")).Path;
            using var generator = VideoGenerator.Open(path, "cpu");
            using var loaded = LoadedModel.Open(path, "cpu");
            return (Assert.Single(generator.Sample([new ClipPrompt(1)], new Dictionary<string, object> { ["Steps"] = 2 })).Clip.Pixels, loaded.Hash);
        }
    }

    [Fact]
    public void Initial_checkpoint_is_required()
    {
        var error = Assert.Throws<TinySoraException>(() => Run("run", DecoderOnly(Clips("s1x4x4_kl")), null));
        Assert.Equal("TinySora.Training.DecoderNeedsInitial", error.Id);
    }

    /// <summary>Other processes create the encoder with random weights, so it must be sent to them.</summary>
    [Fact]
    public void Frozen_weights_are_part_of_the_state_that_processes_share()
    {
        using var scope = NewDisposeScope();
        using var task = new VideoAutoencoderTask(DecoderOnly(Clips("s1x4x4_kl")).Of<VideoAutoencoderConfig>(), CPU);
        using var state = new TrainingState(task, new TrainerConfig());
        var shared = new SynchronizedState(ProcessGroup.Alone, task, state);
        var before = shared.Hash();
        using (no_grad())
        {
            task.Model.parameters().First(parameter => !parameter.requires_grad).add_(1);
        }

        Assert.NotEqual(before, shared.Hash());
    }

    private static string Clips(string variant) => $"""
        family: video-autoencoder
        model: {"{"} network_variant: {variant}, embedding_dim: 4, n_codes: 16, n_hiddens: 8, n_res_layers: 1, downsample: [2, 4, 4] {"}"}
        clip: {"{"} frames: {(variant == "s5x4x4_fsq" ? 5 : variant == "s16t16_a" ? 16 : 8)}, height: 16 {"}"}
        loss: {"{"} {"}"}
        {Trainer}
        """;

    private static string Frames(string model, string loss) => $"""
        family: frame-autoencoder
        data: {"{"} height: 16, width: 24 {"}"}
        model: {model}
        loss: {"{"} {loss}{"}"}
        {Trainer}
        """;

    private static RunConfig Config(string yaml) => ConfigFile.Parse(yaml, "test");

    private static RunConfig DecoderOnly(string yaml) => Config(yaml.Replace("loss: { ", "loss: { decoder_only: true, ", StringComparison.Ordinal));

    private void Train(string run, string initial, string yaml, int? steps = null, bool decoderOnly = true) =>
        Run(run, decoderOnly ? DecoderOnly(yaml) : Config(yaml), steps, initial: initial);

    private (byte[] Latents, byte[] Clips, string Hash, string ModelHash) Measure(string run)
    {
        using var model = CodecModel.Open(folder.File(run), "cpu");
        return EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var shape = model.Codec.Shape;
            var clips = linspace(0, 1, shape.Channels * shape.Frames * shape.Height * shape.Width)
                .view(1, shape.Channels, shape.Frames, shape.Height, shape.Width);
            var kind = model.Codec.HasPosterior ? LatentKind.Moments : model.Codec.Codes is null ? LatentKind.Latents : LatentKind.Tokens;
            var latents = model.Make(kind, clips);
            return (latents.contiguous().bytes.ToArray(), model.Decode(model.Encode(clips)).contiguous().bytes.ToArray(), model.Hash, model.ModelHash);
        });
    }
}
