using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Videos;

/// <summary>
/// The squared maximum mean discrepancy of two sets of vectors under the kernel (x·y / d + 1)³, without bias (Gretton et al. 2012; Bińkowski et
/// al. 2018, "Demystifying MMD GANs", who use it for KID). Around 0, also below, for sets of one distribution, whatever their sizes.
/// </summary>
internal static class KernelDistance
{
    /// <param name="x">(N, d), N of 2 or more.</param>
    /// <param name="y">(M, d), M of 2 or more.</param>
    public static double Between(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (x.to(ScalarType.Float64), y.to(ScalarType.Float64));
        return Others(a) + Others(b) - (2 * Kernel(a, b).mean().ToDouble());
    }

    /// <summary>The mean over pairs of different vectors.</summary>
    private static double Others(Tensor x)
    {
        var count = x.size(0);
        var own = ((x.square().sum(1) / x.size(1)) + 1).pow(3);
        return (Kernel(x, x).sum() - own.sum()).ToDouble() / (count * (count - 1));
    }

    private static Tensor Kernel(Tensor x, Tensor y) => ((x.Times(y.transpose(0, 1)) / x.size(1)) + 1).pow(3);
}
