using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Tests.Compute.Native;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TorchSharp;

namespace TinySora.Engine.Tests.Gpu;

/// <summary>Whole runs of small models of each family on a GPU, or without one on the processor without its kernels.</summary>
public sealed class GpuRunTests : VideoRuns
{
    private const string Device = "auto";

    private static readonly bool IsGpu = DeviceChoice.Resolve(Device).type == DeviceType.CUDA;

    private readonly KernelComparison.Switch kernels = new(enabled: false);

    public static TheoryData<string> Families { get; } =
        ["pixel-unet", "video-autoencoder", "frame-autoencoder", "latent-transformer", "latent-transformer, narrow", "nanogpt", "mamba"];

    public override void Dispose()
    {
        kernels.Dispose();
        base.Dispose();
    }

    /// <summary>GPU sums have no fixed order, and small gradients decide the direction of Adam's steps.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Resumed_run_equals_an_uninterrupted_one(string family)
    {
        Train(family, "whole", 6);
        Train(family, "parts", 2);
        Train(family, "parts", 6);
        var (whole, parts) = (Tensors("whole"), Tensors("parts"));
        Assert.Equal(whole.Keys, parts.Keys);
        Assert.All(whole, item => Assert.All(
            item.Value.Zip(parts[item.Key]), pair => Assert.Equal(pair.First, pair.Second, IsGpu ? 5e-3 * Math.Max(1, Math.Abs(pair.First)) : 0)));
    }

    [Theory]
    [InlineData("pixel-unet")]
    [InlineData("latent-transformer")]
    [InlineData("latent-transformer, narrow")]
    [InlineData("nanogpt")]
    public void Clip_equals_the_one_that_the_processor_makes_with_the_same_weights(string family)
    {
        Train(family, "run", 2);
        var there = Make(Device);
        kernels.Dispose();
        var here = Make("cpu");
        Assert.Equal(here.Length, there.Length);

        // A tiny difference can change a drawn token and all that follow, so the test only checks that clips are generated.
        if (family != "nanogpt" || !IsGpu)
        {
            Assert.InRange(here.Zip(there, (a, b) => Math.Abs(a - b)).Average(), 0, family.EndsWith("narrow", StringComparison.Ordinal) ? 8 : 2);
        }

        byte[] Make(string device)
        {
            using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, device);
            var settings = family == "nanogpt" ? [] : new Dictionary<string, object> { ["Steps"] = 2 };
            return Assert.Single(generator.Sample([new(1) { Text = "a red circle moving right" }], settings)).Clip.Pixels;
        }
    }

    [Fact]
    public void Free_memory_is_measured()
    {
        var cost = TrainingMeter.Measure(Config("pixel-unet"), "tiny", Device, 1, CancellationToken.None);
        Assert.InRange(cost.FreeBytes!.Value, cost.MemoryBytes, 1L << 50);
        Assert.InRange(cost.ActivationBytes!.Value, IsGpu ? 1 : 0, cost.FreeBytes.Value);
        Assert.True(cost.Fits);
    }

    private void Train(string family, string run, int steps)
    {
        using var processor = new Processor(hasBFloat16: true);
        Run(run, Config(family), steps, device: Device);
    }

    private RunConfig Config(string family)
    {
        const string clip = "clip: { frames: 4, height: 16 }";
        const string trainer = "trainer: { train_batch_size: 2, train_num_steps: 6, train_lr: 0.002, save_model_every: 2, keep_checkpoints: 0, seed: 3 ";
        const string small = "n_layer: 1, n_head: 2, n_embd: 16, dropout: 0.1, block_size: 24";
        const string transformer = "hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text, learn_sigma: true";
        return family switch
        {
            "pixel-unet" => TinyRun.Config.With(diffusion: TinyRun.Config.Diffusion with { Frames = 4 }) with
            {
                Trainer = TinyRun.Config.Trainer with { TrainNumSteps = 6 },
            },
            "video-autoencoder" => Parse($"model: {{ network_variant: s4t4_b_vq, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1, n_codes: 16 }}", OfVideos),
            "frame-autoencoder" => Parse(
                "model: { z_channels: 2, down_channels: [4, 8], mid_channels: [8], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }",
                "data: { height: 16, width: 16 }\nloss: { disc_weight: 0.5, disc_start: 3 }"),
            "nanogpt" or "mamba" => Parse(
                $"model: {{ architecture: {family}, {small} }}",
                $"tokens: {{ codec: '{Codec()}' }}\ntext: {{ encoder: learned, width: 12 }}\n{clip}", "token-model"),
            _ => Parse(
                $"model: {{ architecture: st-dit, depth: 2, {transformer} }}",
                $"latents: {{ codec: '' }}\ntext: {{ width: 12 }}\ndiffusion: {{ timesteps: 20 }}\n{clip}", "latent-transformer",
                amp: family.EndsWith("narrow", StringComparison.Ordinal)),
        };

        RunConfig Parse(string model, string rest, string? name = null, bool amp = false) =>
            ConfigFile.Parse($"family: {name ?? family}\n{model}\n{rest}\n{trainer}{(amp ? ", amp: true" : "")}}}", "tiny");
    }

    private const string OfVideos = "clip: { frames: 4, height: 16 }";

    private string Codec()
    {
        var path = folder.File("codec");
        if (!Directory.Exists(path))
        {
            const string model = "{ network_variant: s1x4x4_fsq, fsq_levels: [4, 4], n_hiddens: 8, n_res_layers: 1 }";
            Run("codec", ConfigFile.Parse(
                $"family: video-autoencoder\nmodel: {model}\n{OfVideos}\ntrainer: {{ train_batch_size: 2, train_num_steps: 2, seed: 1 }}", "codec"), null);
        }

        return path;
    }
}
