using TinySora.Engine.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

/// <summary>Weights and pictures that a Python script can repeat; the expected numbers of these tests come from PyTorch 1.13.</summary>
internal static class FrameTesting
{
    public const string Tiny = """
        family: frame-autoencoder
        data:
          height: 8
          width: 12
        model:
          z_channels: 2
          down_channels: [4, 8]
          mid_channels: [8]
          down_sample: [true]
          attn_down: [false]
          norm_channels: 4
          num_heads: 2
        trainer:
          train_batch_size: 2
          train_num_steps: 6
          train_lr: 0.003
          adam_beta1: 0.5
          save_model_every: 3
          ema_decay: 0
          update_ema_every: 1
          keep_checkpoints: 0
          seed: 2

        """;

    /// <summary>Configuration with a discriminator from the fourth step.</summary>
    public static readonly string Judged = Tiny.Replace("height: 8\n  width: 12", "height: 16\n  width: 24", StringComparison.Ordinal)
        .Replace("trainer:", "loss:\n  disc_weight: 0.5\n  disc_start: 3\ntrainer:", StringComparison.Ordinal);

    public static RunConfig Config(string yaml) => ConfigFile.Parse(yaml, "test");

    /// <summary>Fills every weight with a sine of its index, in the order of names; normalization weights stay near 1.</summary>
    public static T Filled<T>(T module)
        where T : nn.Module
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var n = 0;
        foreach (var (name, target) in module.state_dict().OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            if (target.dtype != ScalarType.Float32 || name.Contains("running_", StringComparison.Ordinal))
            {
                continue;
            }

            var isVector = target.shape.Length == 1;
            var around = isVector && name.EndsWith("weight", StringComparison.Ordinal) ? 1.0 : 0.0;
            var scale = isVector ? 0.1 : 1 / Math.Sqrt(target.shape[1..].Aggregate(1.0, (a, b) => a * b));
            var values = (arange(target.numel(), ScalarType.Float64) * 0.37 + n * 1.7 + 0.5).sin() * scale + around;
            target.copy_(values.view(target.shape).to(ScalarType.Float32));
            n++;
        }

        return module;
    }

    /// <summary>Returns sin(step · k + phase), where k counts through (B, C, H, W).</summary>
    /// <returns>(B, 1, H, W, C).</returns>
    public static Tensor Wave(double step, long b, long c, long h, long w, double phase = 0) =>
        Frames((arange(b * c * h * w, ScalarType.Float64) * step + phase).sin().view(b, c, h, w).to(ScalarType.Float32));

    /// <summary>Converts (B, C, H, W) to (B, 1, H, W, C).</summary>
    public static Tensor Frames(Tensor pictures) => pictures.permute(0, 2, 3, 1).unsqueeze(1).contiguous();

    /// <summary>Converts (B, 1, H, W, C) to a flat (B, C, H, W).</summary>
    public static float[] Row(Tensor frames) => frames.squeeze(1).permute(0, 3, 1, 2).contiguous().data<float>().ToArray();

    /// <summary>Returns the norm of a weight's gradient and its first value.</summary>
    public static (double Norm, double First) Gradient(nn.Module module, string name)
    {
        using var gradient = module.named_parameters().Single(item => item.name == name).parameter.grad!.contiguous();
        return (gradient.to(ScalarType.Float64).norm().ToDouble(), gradient.view(-1)[0].ToDouble());
    }

    /// <summary>Returns the norm of all gradients.</summary>
    public static double GradientNorm(nn.Module module) =>
        Math.Sqrt(module.parameters().Sum(parameter => Math.Pow(parameter.grad!.to(ScalarType.Float64).norm().ToDouble(), 2)));

    /// <summary>Compares with a tolerance relative to the larger of 1 and the expected value.</summary>
    public static void Near(double expected, double actual, double tolerance = 1e-4) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"expected {expected}, was {actual}");
}
