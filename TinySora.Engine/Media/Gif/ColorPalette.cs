using System.Numerics;

namespace TinySora.Engine.Media.Gif;

/// <summary>
/// A palette of at most 256 colors for a whole clip, which is exact if the clip has at most 256 colors. Otherwise, the colors are chosen by variance-based
/// splitting of the histogram (after X. Wu, Graphics Gems II, 1991) and refined by k-means.
/// </summary>
internal sealed class ColorPalette
{
    /// <summary>Color value of the transparent index, which differs from every color.</summary>
    private const int Transparent = -1;
    private const int KMeansRounds = 3;

    private readonly Dictionary<int, byte> indexOf = [];

    private ColorPalette(IReadOnlyList<int> colors, bool exact, bool transparency)
    {
        Count = colors.Count + (transparency ? 1 : 0);
        Rgb = new byte[3 * Count];
        TransparentIndex = transparency ? colors.Count : -1;
        if (transparency)
        {
            indexOf[Transparent] = (byte)colors.Count;
        }

        for (var i = 0; i < colors.Count; i++)
        {
            (Rgb[3 * i], Rgb[3 * i + 1], Rgb[3 * i + 2]) = Split(colors[i]);
            if (exact)
            {
                indexOf[colors[i]] = (byte)i;
            }
        }
    }

    public int Count { get; }

    /// <summary>RGB triples of all entries; the transparent entry, if any, is the last one, and is black.</summary>
    public byte[] Rgb { get; }

    /// <summary>Index of the transparent entry; -1 if every pixel is opaque.</summary>
    public int TransparentIndex { get; }

    /// <summary>Builds the palette for all frames of a clip with one, three or four channels.</summary>
    /// <param name="size">Maximum number of entries, including the transparent one.</param>
    public static ColorPalette Build(Clip clip, int size = 256, CancellationToken cancellationToken = default)
    {
        var distinct = new HashSet<int>();
        var transparency = false;
        foreach (var color in Colors(clip, cancellationToken))
        {
            if (color == Transparent)
            {
                transparency = true;
            }
            else if (distinct.Count <= size)
            {
                distinct.Add(color);
            }
        }
        var room = transparency ? size - 1 : size;
        if (distinct.Count <= room)
        {
            return new ColorPalette(distinct.Order().ToArray(), exact: true, transparency);
        }

        return new ColorPalette(Quantize(Histogram(clip, cancellationToken), room), exact: false, transparency);
    }

    /// <summary>Returns the palette index of each pixel.</summary>
    public byte[] Map(ReadOnlySpan<byte> pixels, int channels)
    {
        var indices = new byte[pixels.Length / channels];
        for (var i = 0; i < indices.Length; i++)
        {
            var color = Color(pixels, i * channels, channels);
            if (!indexOf.TryGetValue(color, out var index))
            {
                indexOf[color] = index = Nearest(color);
            }

            indices[i] = index;
        }
        return indices;
    }

    private byte Nearest(int color)
    {
        (int r, int g, int b) = Split(color);
        int best = 0, bestDistance = int.MaxValue;
        for (var i = 0; i < Count; i++)
        {
            if (i == TransparentIndex)
            {
                continue;
            }

            int dr = Rgb[3 * i] - r, dg = Rgb[3 * i + 1] - g, db = Rgb[3 * i + 2] - b;
            var distance = dr * dr + dg * dg + db * db;
            if (distance < bestDistance)
            {
                (best, bestDistance) = (i, distance);
            }
        }
        return (byte)best;
    }

    private static IEnumerable<int> Colors(Clip clip, CancellationToken cancellationToken)
    {
        for (var f = 0; f < clip.Frames; f++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < clip.FrameLength; i += clip.Channels)
            {
                yield return Color(clip.Pixels, (f * clip.FrameLength) + i, clip.Channels);
            }
        }
    }

    private static int Color(ReadOnlySpan<byte> pixels, int at, int channels) => channels switch
    {
        1 => pixels[at] * 0x010101,
        4 when pixels[at + 3] < 128 => Transparent,
        _ => pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2],
    };

    private static (byte R, byte G, byte B) Split(int color) => ((byte)(color >> 16), (byte)(color >> 8), (byte)color);

    /// <summary>Groups the clip's colors into cells of 4x4x4, each with its mean and number of pixels.</summary>
    private static (Vector3 Color, float Weight)[] Histogram(Clip clip, CancellationToken cancellationToken)
    {
        var sums = new Vector4[1 << 18];
        foreach (var color in Colors(clip, cancellationToken))
        {
            if (color == Transparent)
            {
                continue;
            }

            var (r, g, b) = Split(color);
            sums[r >> 2 << 12 | g >> 2 << 6 | b >> 2] += new Vector4(r, g, b, 1);
        }
        return sums.Where(sum => sum.W > 0)
            .Select(sum => (new Vector3(sum.X, sum.Y, sum.Z) / sum.W, sum.W)).ToArray();
    }

    private static int[] Quantize((Vector3 Color, float Weight)[] cells, int size)
    {
        // Splits the box with the largest error across its longest axis at the mean.
        var boxes = new PriorityQueue<Box, float>();
        var first = new Box(cells);
        boxes.Enqueue(first, -first.Error);
        while (boxes.Count < size && boxes.Peek().Error > 0)
        {
            foreach (var half in boxes.Dequeue().Halves())
            {
                boxes.Enqueue(half, -half.Error);
            }
        }
        var means = boxes.UnorderedItems.Select(item => item.Element.Mean).ToArray();
        for (var round = 0; round < KMeansRounds; round++)
        {
            Refine(means, cells);
        }

        return means.Select(m => (int)MathF.Round(m.X) << 16 | (int)MathF.Round(m.Y) << 8 | (int)MathF.Round(m.Z))
            .Distinct().Order().ToArray();
    }

    private static void Refine(Vector3[] means, (Vector3 Color, float Weight)[] cells)
    {
        var sums = new Vector4[means.Length];
        foreach (var (color, weight) in cells)
        {
            var best = 0;
            var bestDistance = float.MaxValue;
            for (var i = 0; i < means.Length; i++)
            {
                var distance = Vector3.DistanceSquared(means[i], color);
                if (distance < bestDistance)
                {
                    (best, bestDistance) = (i, distance);
                }
            }
            sums[best] += new Vector4(color, 1) * weight;
        }
        for (var i = 0; i < means.Length; i++)
        {
            if (sums[i].W > 0)
            {
                means[i] = new Vector3(sums[i].X, sums[i].Y, sums[i].Z) / sums[i].W;
            }
        }
    }

    private sealed class Box
    {
        private readonly (Vector3 Color, float Weight)[] cells;
        private readonly int axis;

        public Box((Vector3 Color, float Weight)[] cells)
        {
            this.cells = cells;
            Vector3 sum = default;
            float weight = 0;
            foreach (var (color, w) in cells)
            {
                (sum, weight) = (sum + color * w, weight + w);
            }

            Mean = sum / weight;
            Vector3 squares = default;
            foreach (var (color, w) in cells)
            {
                squares += (color - Mean) * (color - Mean) * w;
            }

            axis = squares.X >= squares.Y && squares.X >= squares.Z ? 0 : squares.Y >= squares.Z ? 1 : 2;
            Error = cells.Length == 1 ? 0 : squares[axis];
        }

        public Vector3 Mean { get; }

        /// <summary>Squared error along the box's longest axis; 0 if the box cannot be split.</summary>
        public float Error { get; }

        public IEnumerable<Box> Halves()
        {
            var low = cells.Where(cell => cell.Color[axis] <= Mean[axis]).ToArray();
            var high = cells.Where(cell => cell.Color[axis] > Mean[axis]).ToArray();
            return low.Length == 0 || high.Length == 0 ? [new Box(cells[..1])] : [new Box(low), new Box(high)];
        }
    }
}
