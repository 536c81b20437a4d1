namespace TinySora.Engine.Media;

/// <summary>
/// One axis of antialiased bilinear scaling: a triangle of the output's pixel spacing, in fixed point with Pillow's precision
/// and rounding, so that results are bit-equal to <c>Image.resize(size, Image.BILINEAR)</c>.
/// </summary>
internal sealed class BilinearFilter
{
    /// <summary>8 bits are the pixel's and 2 spare of an int's 32.</summary>
    private const int FractionBits = 32 - 8 - 2;

    private readonly int inputLength;
    private readonly int[] first;
    private readonly int[][] weights;

    public BilinearFilter(int inputLength, int outputLength)
    {
        this.inputLength = inputLength;
        first = new int[outputLength];
        weights = new int[outputLength][];
        double scale = (double)inputLength / outputLength;
        double support = Math.Max(scale, 1);
        for (int i = 0; i < outputLength; i++)
        {
            double center = (i + 0.5) * scale;
            first[i] = Math.Max(0, (int)(center - support + 0.5));
            int end = Math.Min(inputLength, (int)(center + support + 0.5));
            var taps = new double[end - first[i]];
            for (int k = 0; k < taps.Length; k++)
                taps[k] = Math.Max(0, 1 - Math.Abs((k + first[i] - center + 0.5) / support));
            double sum = taps.Sum();
            weights[i] = Array.ConvertAll(taps, tap => (int)(0.5 + tap / sum * (1 << FractionBits)));
        }
    }

    /// <summary>Scales the middle axis of (outer, inputLength, inner) bytes.</summary>
    public byte[] Apply(byte[] pixels, int outer, int inner)
    {
        var result = new byte[outer * first.Length * inner];
        var sums = new int[inner];
        int target = 0;
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < first.Length; i++, target += inner)
            {
                Array.Fill(sums, 1 << (FractionBits - 1));
                int source = (o * inputLength + first[i]) * inner;
                foreach (int weight in weights[i])
                {
                    for (int x = 0; x < inner; x++)
                        sums[x] += pixels[source + x] * weight;
                    source += inner;
                }
                for (int x = 0; x < inner; x++)
                    result[target + x] = (byte)Math.Clamp(sums[x] >> FractionBits, 0, 255);
            }
        }
        return result;
    }
}
