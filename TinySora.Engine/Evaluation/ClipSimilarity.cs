using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation;

/// <summary>Computes similarity measures for two clips, each (B, C, F, H, W) in [0, 1].</summary>
public static class ClipSimilarity
{
    private const int Window = 11;
    private const double WindowDeviation = 1.5;

    private static readonly double[] Weights = WindowWeights();

    public static double Mse(Tensor clip, Tensor other)
    {
        using var scope = NewDisposeScope();
        return (clip - other).square().mean().ToDouble();
    }

    /// <summary>Returns the peak signal-to-noise ratio in decibels for a mean squared error; infinite for 0.</summary>
    public static double Psnr(double mse) => -10 * Math.Log10(mse);

    /// <summary>
    /// Returns the structural similarity (SSIM, Z. Wang et al. 2004), averaged over positions, channels and frames. The Gaussian window of 11 x 11 pixels has a
    /// standard deviation of 1.5, and is always entirely inside the frame; K1 = 0.01, K2 = 0.03. <c>null</c> if the frames are smaller than the window.
    /// </summary>
    public static double? Ssim(Tensor clip, Tensor other)
    {
        if (clip.size(3) < Window || clip.size(4) < Window)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        const double c1 = 0.01 * 0.01;
        const double c2 = 0.03 * 0.03;
        var (x, y) = (Planes(clip), Planes(other));
        var (meanX, meanY) = (Blur(x), Blur(y));
        var (varX, varY) = (Blur(x * x) - (meanX * meanX), Blur(y * y) - (meanY * meanY));
        var covariance = Blur(x * y) - (meanX * meanY);
        var similarity = ((2 * meanX * meanY) + c1) * ((2 * covariance) + c2)
            / (((meanX * meanX) + (meanY * meanY) + c1) * (varX + varY + c2));
        return similarity.mean().ToDouble();
    }

    /// <summary>Returns the mean squared error of the differences between consecutive frames, which measures flicker; <c>null</c> for a single frame.</summary>
    public static double? TemporalError(Tensor clip, Tensor other)
    {
        var frames = clip.size(2);
        if (frames < 2)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var error = clip - other;
        return (error.narrow(2, 1, frames - 1) - error.narrow(2, 0, frames - 1)).square().mean().ToDouble();
    }

    /// <summary>
    /// Returns each channel of each frame as a plane in double precision, which is needed because variances are differences of nearly equal numbers.
    /// </summary>
    /// <returns>(B C F, H, W).</returns>
    private static Tensor Planes(Tensor clip) => clip.to(ScalarType.Float64).flatten(0, 2);

    private static Tensor Blur(Tensor planes) => Blur(Blur(planes, axis: 1), axis: 2);

    // Use sums instead of a float64 convolution, for which libtorch tries NNPACK and logs a warning on every processor that NNPACK does not support.
    private static Tensor Blur(Tensor planes, int axis)
    {
        var places = planes.size(axis) - Window + 1;
        var sum = zeros_like(planes.narrow(axis, 0, places));
        for (var i = 0; i < Window; i++)
        {
            sum.add_(planes.narrow(axis, i, places), alpha: Weights[i]);
        }

        return sum;
    }

    private static double[] WindowWeights()
    {
        var weights = Enumerable.Range(0, Window).Select(i => Math.Exp(-Math.Pow((i - (Window / 2)) / WindowDeviation, 2) / 2)).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
