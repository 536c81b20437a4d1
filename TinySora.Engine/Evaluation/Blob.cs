namespace TinySora.Engine.Evaluation;

/// <summary>
/// The largest bright object of one frame. Coverage is brightness over the clip's full brightness, so that antialiased
/// edges count by their share and centre and area are good to a fraction of a pixel.
/// </summary>
/// <param name="Coverage">Per pixel in [0, 1], zero away from the object; row-major.</param>
/// <param name="Area">In pixels.</param>
/// <param name="Others">Further objects in the frame; of specks, only when they are many, and then as one.</param>
internal sealed record Blob(float[] Coverage, double Area, double X, double Y, int Others)
{
    /// <summary>The fewest pixels of an object; smaller ones are specks.</summary>
    private const int SpeckPixels = 4;

    /// <summary>Specks are many from this share of the frame on, and at least from as many pixels as an object has.</summary>
    private const double ManySpecks = 1 / 256.0;

    /// <summary>The share of the frame above which an object is a background.</summary>
    private const double LargestShare = 0.6;

    /// <param name="coverage">Of the whole frame; pixels of one half and more are inside.</param>
    /// <returns>null when the frame has no object.</returns>
    public static Blob? Find(float[] coverage, int height, int width)
    {
        var (labels, sizes) = Label(coverage, height, width);
        var largest = sizes.Count == 0 ? 0 : sizes.Max();
        if (largest < SpeckPixels || largest > LargestShare * coverage.Length)
        {
            return null;
        }

        // The edge, where antialiasing leaves less than half, belongs to the object: one pixel around it.
        var label = sizes.IndexOf(largest) + 1;
        var own = new float[coverage.Length];
        for (var i = 0; i < own.Length; i++)
        {
            if (labels[i] != label)
            {
                continue;
            }

            foreach (var n in Around(i, height, width))
            {
                own[n] = coverage[n];
            }
        }

        var (area, x, y) = (0.0, 0.0, 0.0);
        for (var i = 0; i < own.Length; i++)
        {
            area += own[i];
            x += own[i] * ((i % width) + 0.5);
            y += own[i] * ((i / width) + 0.5);
        }

        var specks = sizes.Where(size => size < SpeckPixels).Sum();
        var others = sizes.Count(size => size >= SpeckPixels) - 1 + (specks >= Math.Max(SpeckPixels, ManySpecks * own.Length) ? 1 : 0);
        return new Blob(own, area, x / area, y / area, others);
    }

    /// <summary>Connected components over the eight neighbours; labels start at 1.</summary>
    internal static (int[] Labels, List<int> Sizes) Label(float[] coverage, int height, int width)
    {
        var labels = new int[coverage.Length];
        var sizes = new List<int>();
        var open = new Stack<int>();
        for (var start = 0; start < labels.Length; start++)
        {
            if (coverage[start] < 0.5f || labels[start] != 0)
            {
                continue;
            }

            sizes.Add(0);
            labels[start] = sizes.Count;
            open.Push(start);
            while (open.TryPop(out var i))
            {
                sizes[^1]++;
                foreach (var n in Around(i, height, width))
                {
                    if (coverage[n] >= 0.5f && labels[n] == 0)
                    {
                        labels[n] = sizes.Count;
                        open.Push(n);
                    }
                }
            }
        }

        return (labels, sizes);
    }

    /// <summary>The pixel and its eight neighbours, as far as they lie in the frame.</summary>
    private static IEnumerable<int> Around(int i, int height, int width)
    {
        var (row, column) = (i / width, i % width);
        for (var r = Math.Max(0, row - 1); r <= Math.Min(height - 1, row + 1); r++)
        {
            for (var c = Math.Max(0, column - 1); c <= Math.Min(width - 1, column + 1); c++)
            {
                yield return (r * width) + c;
            }
        }
    }
}
