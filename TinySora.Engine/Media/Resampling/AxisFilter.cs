namespace TinySora.Engine.Media.Resampling;

/// <summary>Interpolation kernel of a resampling filter.</summary>
/// <param name="Support">Radius of the kernel, in pixels of the result or of the source, whichever are larger.</param>
/// <param name="Weight">Function that returns the weight at a distance, in the same unit as the radius.</param>
internal sealed record ScaleKernel(double Support, Func<double, double> Weight)
{
    /// <summary>Triangle kernel for linear interpolation.</summary>
    public static ScaleKernel Bilinear { get; } = new(1, x => Math.Max(0, 1 - Math.Abs(x)));

    /// <summary>Sinc kernel with three lobes. It is sharper than the triangle kernel, but overshoots slightly at high-contrast edges (Duchon 1979).</summary>
    public static ScaleKernel Lanczos { get; } = new(3, x => Math.Abs(x) < 3 ? Sinc(x) * Sinc(x / 3) : 0);

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
}

/// <summary>
/// One axis of antialiased scaling, in fixed-point arithmetic with Pillow's precision and rounding, so that results are bit-identical to
/// <c>Image.resize(size, Image.BILINEAR)</c> or <c>Image.LANCZOS</c>.
/// </summary>
internal sealed class AxisFilter
{
    /// <summary>Number of fractional bits: the 32 bits of an int, minus 8 for the pixel and 2 spare bits.</summary>
    private const int FractionBits = 32 - 8 - 2;

    private readonly int inputLength;
    private readonly int[] first;
    private readonly int[][] weights;

    public AxisFilter(ScaleKernel kernel, int inputLength, int outputLength)
    {
        this.inputLength = inputLength;
        first = new int[outputLength];
        weights = new int[outputLength][];
        var scale = (double)inputLength / outputLength;
        double unit = Math.Max(scale, 1), support = kernel.Support * unit;
        for (var i = 0; i < outputLength; i++)
        {
            var center = (i + 0.5) * scale;
            first[i] = Math.Max(0, (int)(center - support + 0.5));
            var end = Math.Min(inputLength, (int)(center + support + 0.5));
            var taps = new double[end - first[i]];
            for (var k = 0; k < taps.Length; k++)
            {
                taps[k] = kernel.Weight((k + first[i] - center + 0.5) / unit);
            }

            var sum = taps.Sum();
            weights[i] = Array.ConvertAll(taps, tap => (int)Math.Round(tap / sum * (1 << FractionBits), MidpointRounding.AwayFromZero));
        }
    }

    /// <summary>Resamples the middle axis of (outer, inputLength, inner) bytes.</summary>
    public byte[] Apply(byte[] pixels, int outer, int inner)
    {
        var result = new byte[outer * first.Length * inner];
        var sums = new int[inner];
        var target = 0;
        for (var o = 0; o < outer; o++)
        {
            for (var i = 0; i < first.Length; i++, target += inner)
            {
                Array.Fill(sums, 1 << (FractionBits - 1));
                var source = (o * inputLength + first[i]) * inner;
                foreach (var weight in weights[i])
                {
                    for (var x = 0; x < inner; x++)
                    {
                        sums[x] += pixels[source + x] * weight;
                    }

                    source += inner;
                }
                for (var x = 0; x < inner; x++)
                {
                    result[target + x] = (byte)Math.Clamp(sums[x] >> FractionBits, 0, 255);
                }
            }
        }
        return result;
    }
}
