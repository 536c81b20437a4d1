using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Distribution of latent power over spatial frequencies; high frequencies are hard to distinguish from noise.</summary>
internal static class LatentSpectrum
{
    /// <summary>Upper limits of the frequency bands in cycles per position; at 1/2, neighboring positions alternate.</summary>
    private static readonly double[] Ends = [0.125, 0.25, 0.5];

    public static int Bands => Ends.Length;

    /// <summary>
    /// Computes the power in each band, without the mean of each frame. The band is determined by the larger of the frequencies along both axes.
    /// </summary>
    /// <param name="latents">(1, D, t, h, w).</param>
    /// <returns>(D, bands), float64 on the CPU.</returns>
    public static Tensor Power(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var x = latents[0].to(ScalarType.Float64).cpu(); // (D, t, h, w)
        var (height, width) = ((int)x.size(2), (int)x.size(3));
        x = x - x.mean([2, 3], keepdim: true);
        var ((cosY, sinY), (cosX, sinX)) = (Waves(height), Waves(width));

        // The discrete Fourier transform as matrix products: frames are small, and some libtorch builds have no FFT.
        var real = cosY.Times(x).Times(cosX) - sinY.Times(x).Times(sinX);
        var imaginary = cosY.Times(x).Times(sinX) + sinY.Times(x).Times(cosX);
        var power = (real.square() + imaginary.square()).sum(1).view(-1, height * width); // (D, h w)
        return power.Times(Masks(height, width)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the fraction of a frame's frequencies in each band, which equals the fraction of white noise power in this band.</summary>
    public static double[] WhiteShares(int height, int width)
    {
        using var scope = NewDisposeScope();
        var counts = Masks(height, width).sum([0L]);
        return [.. (counts / counts.sum()).data<double>().ToArray()];
    }

    private static (Tensor Cos, Tensor Sin) Waves(int count)
    {
        var k = arange(count, ScalarType.Float64);
        var angles = k.view(-1, 1) * k.view(1, -1) * (2 * Math.PI / count);
        return (angles.cos(), angles.sin());
    }

    /// <returns>(h w, bands), 1 where a frequency is in a band and 0 elsewhere.</returns>
    private static Tensor Masks(int height, int width)
    {
        var mask = new double[height * width * Ends.Length];
        for (var i = 1; i < height * width; i++)
        {
            var frequency = Math.Max(Frequency(i / width, height), Frequency(i % width, width));
            mask[(i * Ends.Length) + Array.FindIndex(Ends, end => frequency <= end)] = 1;
        }

        return tensor(mask).view(height * width, Ends.Length);
    }

    /// <summary>Returns the absolute frequency at an index; the second half of a Fourier transform contains the negative frequencies.</summary>
    private static double Frequency(int index, int count) => Math.Min(index, count - index) / (double)count;
}
