using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// Determines the content of a clip from the shapes world, based on its pixels. The object is the bright region on black. Its color is the nearest direction in
/// RGB, its shape is that of the best fitting mask, and its motion is found by fitting lines to the centers and areas over time. The limits are close to
/// the values in true clips; see <c>docs/datasets.md</c>.
/// </summary>
public static class ShapesChecker
{
    /// <summary>Brightness (0 to 255) below which a pixel is not part of an object.</summary>
    private const int Dark = 60;

    /// <summary>Brightness (0 to 255) below which an object does not have a color of the palette: white at half its brightness would be gray.</summary>
    private const int Dim = 150;

    /// <summary>Maximum angle in degrees between a pixel and a palette color; yellow and orange are 18 degrees apart.</summary>
    private const double ColorAngle = 12;

    /// <summary>Minimum fraction of the object's interior that must have its color.</summary>
    private const double ColorShare = 0.8;

    /// <summary>Minimum overlap in each frame, as a fraction of the minimum mean overlap over all frames.</summary>
    private const double InOneFrame = 0.85;

    /// <summary>Maximum fraction of dark pixels in the object's interior.</summary>
    private const double MaxHoles = 0.04;

    /// <summary>
    /// Minimum overlap with the mask of each shape over all frames, and minimum difference from the next best shape. The minimum overlap is lower for a star
    /// than for a circle, because a star has a longer outline and is affected more by soft edges.
    /// </summary>
    private static readonly Dictionary<string, (double Overlap, double Margin)> Fits = new()
    {
        ["circle"] = (0.85, 0.08), ["square"] = (0.85, 0.08), ["triangle"] = (0.78, 0.17), ["star"] = (0.7, 0.13), ["heart"] = (0.8, 0.08),
    };

    /// <summary>Minimum distance that a moving object covers, in frame widths: 80 % of the distance in a true clip.</summary>
    private const double MinDistance = 0.8 * 0.25;

    /// <summary>Minimum logarithm of the growth factor of the radius: 80 % of the value in a true clip.</summary>
    private const double MinGrowth = 0.8 * 0.64;

    /// <summary>Maximum of all other motion, and of the deviation from a straight line over time, as a fraction of the detected motion.</summary>
    private const double MaxDistance = 0.1;
    private const double MaxGrowth = 0.2;
    private const double MaxStraying = 0.15;

    /// <summary>Minimum fraction of frames that show the object.</summary>
    private const double FramesSeen = 0.8;

    /// <param name="clip">Clip with 1, 3 or 4 channels (alpha over black), of any size and length.</param>
    /// <param name="requested">
    /// Requested content, whose color and shape are considered in addition to the standard colors and shapes; <c>null</c> to consider only the standard ones.
    /// </param>
    public static ShapesVerdict Check(Clip clip, ShapesCombination? requested = null)
    {
        var brightness = Brightness(clip);
        var full = FullBrightness(brightness, clip);
        if (full < Dark)
        {
            return new ShapesVerdict(null, null, null, false);
        }

        var pixels = clip.Height * clip.Width;
        var blobs = new BrightObject?[clip.Frames];
        for (var f = 0; f < clip.Frames; f++)
        {
            var coverage = brightness.AsSpan(f * pixels, pixels).ToArray();
            for (var i = 0; i < pixels; i++)
            {
                coverage[i] = Math.Min(1, coverage[i] / full);
            }

            blobs[f] = BrightObject.Find(coverage, clip.Height, clip.Width);
        }

        return new ShapesVerdict(
            full < Dim ? null : Color(clip, blobs, requested?.Color), Shape(clip, blobs, requested?.Shape), Motion(clip, blobs),
            blobs.All(b => b is { OtherCount: 0 }));
    }

    /// <summary>Returns the strongest channel of every pixel, multiplied by its alpha.</summary>
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
    /// Returns the brightness of a pixel that is completely inside the object. In each frame, this is the level that 1 % of the pixels exceed, which is about
    /// the area of a small object; the result is the median over all frames. A maximum would depend on single bright pixels.
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

    private static string? Color(Clip clip, BrightObject?[] blobs, string? requested)
    {
        if (clip.Channels == 1)
        {
            return null;
        }

        var palette = ShapesWorld.Palette.Where(color => color.Name == requested || !ShapesWorld.ExtraColors.Contains(color.Name)).ToList();
        var votes = new int[palette.Count];
        var total = 0;
        for (var f = 0; f < blobs.Length; f++)
        {
            for (var i = 0; i < blobs[f]?.Coverage.Length; i++)
            {
                // Use only the interior, because colors at edges are mixed with black and, by GIF palettes, also with other colors.
                if (blobs[f]!.Coverage[i] >= 0.75f)
                {
                    total++;
                    var vote = NearestColor(palette, clip.Frame(f).Slice(i * clip.Channels, 3));
                    if (vote >= 0)
                    {
                        votes[vote]++;
                    }
                }
            }
        }

        var best = Array.IndexOf(votes, votes.Max());
        return total > 0 && votes[best] >= ColorShare * total ? palette[best].Name : null;
    }

    /// <summary>Returns the index of the palette color with the nearest direction in RGB; -1 if no color is near enough.</summary>
    private static int NearestColor(List<(string Name, byte Red, byte Green, byte Blue)> palette, ReadOnlySpan<byte> rgb)
    {
        var (best, bestCosine) = (-1, Math.Cos(ColorAngle * Math.PI / 180));
        var length = Math.Sqrt((rgb[0] * rgb[0]) + (rgb[1] * rgb[1]) + (rgb[2] * rgb[2]));
        for (var c = 0; c < palette.Count; c++)
        {
            var (_, red, green, blue) = palette[c];
            var norm = Math.Sqrt((red * red) + (green * green) + (blue * blue));
            var cosine = ((rgb[0] * red) + (rgb[1] * green) + (rgb[2] * blue)) / (length * norm);
            if (cosine > bestCosine)
            {
                (best, bestCosine) = (c, cosine);
            }
        }

        return best;
    }

    /// <summary>
    /// Returns the shape whose mask, at the object's centroid and area, overlaps best over all frames; <c>null</c> if no shape is clearly best.
    /// </summary>
    private static string? Shape(Clip clip, BrightObject?[] blobs, string? requested)
    {
        var seen = blobs.OfType<BrightObject>().ToList();
        var fits = ShapesWorld.Shapes.Union(ShapesWorld.ExtraShapes.Where(shape => shape == requested))
            .Select(shape => (Shape: shape, Frames: seen.Select(blob => ShapeFit.Measure(shape, blob, clip)).ToList()))
            .OrderByDescending(fit => Mean(fit.Frames, frame => frame.Overlap)).ToList();
        var (best, frames) = fits[0];
        var (overlap, least) = (Mean(frames, frame => frame.Overlap), Fits[best]);
        return overlap >= least.Overlap && overlap - Mean(fits[1].Frames, frame => frame.Overlap) >= least.Margin
            && frames.All(frame => frame.Overlap >= InOneFrame * least.Overlap) && Mean(frames, frame => frame.Holes) <= MaxHoles ? best : null;

        // Weight frames by the area of the object, because a large object shows its outline more clearly than a small one.
        double Mean(List<ShapeFit> frames, Func<ShapeFit, double> of) =>
            seen.Zip(frames, (blob, frame) => blob.Area * of(frame)).Sum() / seen.Sum(blob => blob.Area);
    }

    private static string? Motion(Clip clip, BrightObject?[] blobs)
    {
        var seen = Enumerable.Range(0, blobs.Length).Where(f => blobs[f] is not null).ToArray();
        if (seen.Length < 2 || seen.Length < FramesSeen * blobs.Length)
        {
            return null;
        }

        Change Of(Func<BrightObject, double> value) => Change.Fit(seen, f => value(blobs[f]!), blobs.Length - 1);
        var (x, y, growth) = (Of(b => b.X / clip.Width), Of(b => b.Y / clip.Height), Of(b => Math.Log(b.Area) / 2));
        var (restsX, restsY, stays) = (x.Size <= MaxDistance, y.Size <= MaxDistance, growth.Size <= MaxGrowth);
        return growth.IsSteady(MinGrowth) && restsX && restsY ? (growth.Total > 0 ? "growing" : "shrinking")
            : x.IsSteady(MinDistance) && restsY && stays ? (x.Total > 0 ? "moving right" : "moving left")
            : y.IsSteady(MinDistance) && restsX && stays ? (y.Total > 0 ? "moving down" : "moving up")
            : null;
    }

    /// <summary>The change of a value over a clip, fitted by least squares.</summary>
    /// <param name="Total">Change along the line from the first frame to the last.</param>
    /// <param name="RmsResidual">Root mean square distance from the line.</param>
    private readonly record struct Change(double Total, double RmsResidual)
    {
        public double Size => Math.Abs(Total);

        /// <param name="intervals">Number of frame intervals from the first frame to the last.</param>
        public static Change Fit(int[] frames, Func<int, double> value, int intervals)
        {
            var line = LineFit.Fit([.. frames.Select(f => ((double)f, value(f)))]);
            return new(line.Slope * intervals, line.RmsResidual);
        }

        public bool IsSteady(double least) => Size >= least && RmsResidual <= MaxStraying * Size;
    }
    /// <summary>The overlap between an object and the mask of a shape at its centroid and area.</summary>
    /// <param name="Overlap">Intersection over union of both soft masks.</param>
    /// <param name="Holes">Fraction of dark pixels among the pixels that are completely inside the mask.</param>
    private readonly record struct ShapeFit(double Overlap, double Holes)
    {
        public static ShapeFit Measure(string shape, BrightObject blob, Clip clip)
        {
            var (unitArea, unitY) = ShapeMask.Moments(shape);
            var (radius, size) = (Math.Sqrt(blob.Area / unitArea), Math.Max(clip.Height, clip.Width));
            var mask = ShapeMask.Draw(shape, blob.X, blob.Y - (unitY * radius), radius, size);
            var (both, either, inside, dark) = (0.0, 0.0, 0, 0);
            for (var i = 0; i < blob.Coverage.Length; i++)
            {
                var (a, b) = (blob.Coverage[i], mask[(i / clip.Width * size) + (i % clip.Width)]);
                both += Math.Min(a, b);
                either += Math.Max(a, b);
                inside += b > 0.99f ? 1 : 0;
                dark += b > 0.99f && a < 0.5f ? 1 : 0;
            }

            return new(both / either, (double)dark / Math.Max(1, inside));
        }
    }
}

/// <summary>The content of a clip in the words of the shapes world; a property is <c>null</c> if the pixels are inconclusive.</summary>
/// <param name="OneConnectedObject">Whether every frame shows a single connected object.</param>
public sealed record ShapesVerdict(string? Color, string? Shape, string? Motion, bool OneConnectedObject);
