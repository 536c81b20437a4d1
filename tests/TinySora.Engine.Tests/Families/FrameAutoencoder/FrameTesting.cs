using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

/// <summary>Weights and pictures that a script in Python makes, too: the expected numbers of these tests are PyTorch 1.13's.</summary>
internal static class FrameTesting
{
    /// <summary>Every weight a sine of its place, in the order of names; what only normalizes stays near 1.</summary>
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

    /// <summary>sin(step · k + phase), as PyTorch counts through (B, C, H, W).</summary>
    /// <returns>(B, 1, H, W, C).</returns>
    public static Tensor Wave(double step, long b, long c, long h, long w, double phase = 0) =>
        Frames((arange(b * c * h * w, ScalarType.Float64) * step + phase).sin().view(b, c, h, w).to(ScalarType.Float32));

    /// <summary>From (B, C, H, W) to (B, 1, H, W, C).</summary>
    public static Tensor Frames(Tensor pictures) => pictures.permute(0, 2, 3, 1).unsqueeze(1).contiguous();

    /// <summary>From (B, 1, H, W, C) to a row of (B, C, H, W).</summary>
    public static float[] Row(Tensor frames) => frames.squeeze(1).permute(0, 3, 1, 2).contiguous().data<float>().ToArray();

    /// <summary>The norm of the gradient of a weight, and its first number.</summary>
    public static (double Norm, double First) Gradient(nn.Module module, string name)
    {
        using var gradient = module.named_parameters().Single(item => item.name == name).parameter.grad!.contiguous();
        return (gradient.to(ScalarType.Float64).norm().ToDouble(), gradient.view(-1)[0].ToDouble());
    }

    /// <summary>The norm of all gradients.</summary>
    public static double GradientNorm(nn.Module module) =>
        Math.Sqrt(module.parameters().Sum(parameter => Math.Pow(parameter.grad!.to(ScalarType.Float64).norm().ToDouble(), 2)));

    /// <summary>Near, as a share of the larger of 1 and the value.</summary>
    public static void Near(double expected, double actual, double tolerance = 1e-4) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"expected {expected}, was {actual}");
}
