namespace TinySora.Engine.Evaluation;

/// <summary>
/// The largest bright object of one frame. Coverage is brightness relative to the clip's full brightness, so antialiased edges count partially, and the center
/// and area have subpixel precision.
/// </summary>
/// <param name="Coverage">Coverage per pixel in [0, 1], zero outside the object; row-major.</param>
/// <param name="Area">Area in pixels.</param>
/// <param name="OtherCount">Number of other objects in the frame. Many specks together count as one object.</param>
internal sealed record BrightObject(float[] Coverage, double Area, double X, double Y, int OtherCount)
{
    /// <summary>Minimum size of an object in pixels. Smaller components are specks.</summary>
    private const int SpeckPixels = 4;

    /// <summary>Minimum fraction of the frame that all specks must cover together to count as one object; at least an object's minimum size.</summary>
    private const double ManySpecks = 1 / 256.0;

    /// <summary>Fraction of the frame above which a bright component is the background and not an object.</summary>
    private const double LargestShare = 0.6;

    /// <param name="coverage">Coverage of the whole frame; pixels of at least 0.5 are inside.</param>
    /// <returns>The object; <c>null</c> if there is none in the frame.</returns>
    public static BrightObject? Find(float[] coverage, int height, int width)
    {
        var (labels, sizes) = Label(coverage, height, width);
        var largest = sizes.Count == 0 ? 0 : sizes.Max();
        if (largest < SpeckPixels || largest > LargestShare * coverage.Length)
        {
            return null;
        }

        // Add a border of one pixel: the antialiased edge, with a coverage below 0.5, belongs to the object.
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
        return new BrightObject(own, area, x / area, y / area, others);
    }

    /// <summary>Labels the connected components of pixels (8-connectivity), starting with 1, and returns their sizes in pixels.</summary>
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

    /// <summary>Returns the indices of a pixel and of its neighbors inside the frame.</summary>
    /// <param name="reach">Maximum distance in rows and in columns.</param>
    internal static IEnumerable<int> Around(int i, int height, int width, int reach = 1)
    {
        var (row, column) = (i / width, i % width);
        for (var r = Math.Max(0, row - reach); r <= Math.Min(height - 1, row + reach); r++)
        {
            for (var c = Math.Max(0, column - reach); c <= Math.Min(width - 1, column + reach); c++)
            {
                yield return (r * width) + c;
            }
        }
    }
}
