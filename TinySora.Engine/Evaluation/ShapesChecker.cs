using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// Tells from the pixels alone what a clip of the shapes world shows: the object is what is bright on black, its colour a
/// direction in RGB, its shape the best of four fitted masks, its motion a line through centres and areas over time.
/// </summary>
public static class ShapesChecker
{
    /// <summary>Brightness below which nothing is an object, of 255.</summary>
    private const int Dark = 60;

    /// <summary>The angle in degrees from a palette colour within which a pixel still has it; yellow and orange are 18 apart.</summary>
    private const double ColourAngle = 16;

    private const double ColourShare = 0.6;

    private const double ShapeOverlap = 0.7;

    /// <summary>The least motion that counts: a third of a true clip's, in widths and as the logarithm of the radius' growth.</summary>
    private const double LeastDistance = 0.25 / 3;
    private const double LeastGrowth = 0.64 / 3;

    /// <param name="clip">Square or not, 1, 3 or 4 channels (alpha over black), any number of frames.</param>
    public static ShapesVerdict Check(Clip clip)
    {
        var brightness = Brightness(clip);
        var full = FullBrightness(brightness, clip);
        if (full < Dark)
        {
            return new ShapesVerdict(null, null, null, false);
        }

        var pixels = clip.Height * clip.Width;
        var blobs = new Blob?[clip.Frames];
        for (var f = 0; f < clip.Frames; f++)
        {
            var coverage = brightness.AsSpan(f * pixels, pixels).ToArray();
            for (var i = 0; i < pixels; i++)
            {
                coverage[i] = Math.Min(1, coverage[i] / full);
            }

            blobs[f] = Blob.Find(coverage, clip.Height, clip.Width);
        }

        return new ShapesVerdict(
            Colour(clip, blobs), Shape(clip, blobs), Motion(clip, blobs), blobs.All(b => b is { Others: 0 }));
    }

    /// <summary>The strongest channel of every pixel, times its alpha.</summary>
    private static float[] Brightness(Clip clip)
    {
        var result = new float[clip.Pixels.Length / clip.Channels];
        for (var i = 0; i < result.Length; i++)
        {
            var pixel = clip.Pixels.AsSpan(i * clip.Channels, clip.Channels);
            result[i] = clip.Channels switch
            {
                1 => pixel[0],
                3 => Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])),
                _ => Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])) * pixel[3] / 255f,
            };
        }

        return result;
    }

    /// <summary>
    /// What a pixel wholly inside the object shows: the level that an area of a small object, one part in a hundred,
    /// exceeds in the middle frame of the clip. A maximum would follow single bright pixels.
    /// </summary>
    private static float FullBrightness(float[] brightness, Clip clip)
    {
        var pixels = clip.Height * clip.Width;
        var levels = new float[clip.Frames];
        for (var f = 0; f < clip.Frames; f++)
        {
            var sorted = brightness.AsSpan(f * pixels, pixels).ToArray();
            Array.Sort(sorted);
            levels[f] = sorted[^Math.Max(1, pixels / 100)];
        }

        Array.Sort(levels);
        return levels.Length == 0 ? 0 : levels[levels.Length / 2];
    }

    private static string? Colour(Clip clip, Blob?[] blobs)
    {
        if (clip.Channels == 1)
        {
            return null;
        }

        var votes = new int[ShapesWorld.Palette.Count];
        var total = 0;
        for (var f = 0; f < blobs.Length; f++)
        {
            for (var i = 0; i < blobs[f]?.Coverage.Length; i++)
            {
                // Edges are mixed with black, and through GIF palettes with anything: the inside tells.
                if (blobs[f]!.Coverage[i] >= 0.75f)
                {
                    total++;
                    var vote = NearestColour(clip.Frame(f).Slice(i * clip.Channels, 3));
                    if (vote >= 0)
                    {
                        votes[vote]++;
                    }
                }
            }
        }

        var best = Array.IndexOf(votes, votes.Max());
        return total > 0 && votes[best] >= ColourShare * total ? ShapesWorld.Colours[best] : null;
    }

    /// <summary>Index of the colour with the nearest direction in RGB; -1 when none is near.</summary>
    private static int NearestColour(ReadOnlySpan<byte> rgb)
    {
        var (best, bestCosine) = (-1, Math.Cos(ColourAngle * Math.PI / 180));
        var length = Math.Sqrt((rgb[0] * rgb[0]) + (rgb[1] * rgb[1]) + (rgb[2] * rgb[2]));
        for (var c = 0; c < ShapesWorld.Palette.Count; c++)
        {
            var (_, red, green, blue) = ShapesWorld.Palette[c];
            var norm = Math.Sqrt((red * red) + (green * green) + (blue * blue));
            var cosine = ((rgb[0] * red) + (rgb[1] * green) + (rgb[2] * blue)) / (length * norm);
            if (cosine > bestCosine)
            {
                (best, bestCosine) = (c, cosine);
            }
        }

        return best;
    }

    /// <summary>The shape whose mask, at the object's own centroid and area, overlaps best over all frames.</summary>
    private static string? Shape(Clip clip, Blob?[] blobs)
    {
        var size = Math.Max(clip.Height, clip.Width);
        var (best, bestOverlap) = ((string?)null, ShapeOverlap);
        foreach (var shape in ShapesWorld.Shapes)
        {
            var (unitArea, unitY) = ShapeMask.Moments(shape);
            var (overlap, weight) = (0.0, 0.0);
            foreach (var blob in blobs.OfType<Blob>())
            {
                var radius = Math.Sqrt(blob.Area / unitArea);
                var mask = ShapeMask.Draw(shape, blob.X, blob.Y - (unitY * radius), radius, size);
                // A large object shows its outline better than a small one.
                overlap += blob.Area * Overlap(blob.Coverage, mask, clip.Height, clip.Width, size);
                weight += blob.Area;
            }

            if (weight > 0 && overlap / weight > bestOverlap)
            {
                (best, bestOverlap) = (shape, overlap / weight);
            }
        }

        return best;
    }

    /// <summary>Intersection over union of two soft masks.</summary>
    private static double Overlap(float[] coverage, float[] mask, int height, int width, int maskWidth)
    {
        var (both, either) = (0.0, 0.0);
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var (a, b) = (coverage[(row * width) + column], mask[(row * maskWidth) + column]);
                both += Math.Min(a, b);
                either += Math.Max(a, b);
            }
        }

        return both / either;
    }

    private static string? Motion(Clip clip, Blob?[] blobs)
    {
        var seen = Enumerable.Range(0, blobs.Length).Where(f => blobs[f] is not null).ToArray();
        if (seen.Length < 2 || seen.Length < 0.6 * blobs.Length)
        {
            return null;
        }

        double Change(Func<Blob, double> of) => Slope(seen, f => of(blobs[f]!)) * (blobs.Length - 1);
        var x = Change(b => b.X / clip.Width) / LeastDistance;
        var y = Change(b => b.Y / clip.Height) / LeastDistance;
        var growth = Change(b => Math.Log(b.Area) / 2) / LeastGrowth;
        var strongest = Math.Max(Math.Abs(growth), Math.Max(Math.Abs(x), Math.Abs(y)));
        return strongest < 1 ? null
            : Math.Abs(growth) == strongest ? (growth > 0 ? "growing" : "shrinking")
            : Math.Abs(x) == strongest ? (x > 0 ? "moving right" : "moving left")
            : y > 0 ? "moving down" : "moving up";
    }

    /// <summary>Least squares, per frame.</summary>
    private static double Slope(int[] frames, Func<int, double> value)
    {
        var (meanFrame, meanValue) = (frames.Average(), frames.Average(value));
        return frames.Sum(f => (f - meanFrame) * (value(f) - meanValue)) / frames.Sum(f => (f - meanFrame) * (f - meanFrame));
    }
}
