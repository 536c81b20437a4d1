namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>A connected patch of one frame that is not background.</summary>
/// <param name="Pixels">The indices of its pixels, row by row.</param>
/// <param name="X">The centre in pixels.</param>
/// <param name="Y">The centre in pixels, downward.</param>
/// <param name="IsCut">Whether it reaches the frame's edge, so that there may be more of it outside.</param>
internal sealed record Patch(int[] Pixels, double X, double Y, bool IsCut)
{
    public int Area => Pixels.Length;

    /// <summary>The patches of a frame, without specks.</summary>
    /// <param name="reach">Pixels over which pieces of one thing are joined: a cyclist is legs, wheels and a coat.</param>
    /// <param name="leastArea">In pixels.</param>
    public static IReadOnlyList<Patch> Find(bool[] mask, int height, int width, int reach, int leastArea)
    {
        var joined = new float[mask.Length];
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                Spread(joined, i, reach, height, width);
            }
        }

        var (labels, sizes) = Blob.Label(joined, height, width);
        var members = sizes.ConvertAll(_ => new List<int>());
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                members[labels[i] - 1].Add(i);
            }
        }

        return [.. members.Where(pixels => pixels.Count >= leastArea).Select(pixels => Of([.. pixels], height, width))];
    }

    /// <summary>The patch one pixel less all around; of a small or thin one what is left is nothing.</summary>
    public int[] Inside(int width)
    {
        var all = Pixels.ToHashSet();
        return [.. Pixels.Where(i => all.Contains(i - 1) && all.Contains(i + 1) && all.Contains(i - width) && all.Contains(i + width))];
    }

    private static Patch Of(int[] pixels, int height, int width) => new(
        pixels, pixels.Average(i => (i % width) + 0.5), pixels.Average(i => (i / width) + 0.5),
        pixels.Any(i => i / width == 0 || i % width == 0 || i / width == height - 1 || i % width == width - 1));

    private static void Spread(float[] joined, int i, int reach, int height, int width)
    {
        var (row, column) = (i / width, i % width);
        for (var y = Math.Max(0, row - reach); y <= Math.Min(height - 1, row + reach); y++)
        {
            for (var x = Math.Max(0, column - reach); x <= Math.Min(width - 1, column + reach); x++)
            {
                joined[(y * width) + x] = 1;
            }
        }
    }
}
