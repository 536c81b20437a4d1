using System.Numerics;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>
/// Estimates the background of a clip, which is the same in all frames: a plane of color (plain colors and gradients) that is fitted while ignoring outliers,
/// or else the temporal median of each pixel.
/// </summary>
internal static class SpriteBackdrop
{
    /// <summary>Distances in RGB at which a pixel counts half, in consecutive fits.</summary>
    private static readonly float[] Spreads = [0.3f, 0.2f, 0.12f, 0.08f, 0.05f, 0.04f, 0.03f, 0.03f];

    /// <summary>Distance in RGB from the plane up to which a pixel is background.</summary>
    private const float NearPlane = 0.05f;

    /// <summary>Minimum fraction of pixels on the plane.</summary>
    private const double MinOnPlane = 0.35;

    /// <summary>
    /// Returns the frames of an RGB clip whose height and width are equal, each with the same background; then, if the background is not a plane, the frames
    /// with the plane as background, because the median of a thing that stays is the thing.
    /// </summary>
    public static IEnumerable<SpriteFrame[]> Split(Clip clip)
    {
        var size = clip.Width;
        var frames = new Vector4[clip.Frames][];
        for (var f = 0; f < frames.Length; f++)
        {
            frames[f] = new Vector4[size * size];
            var pixels = clip.Frame(f);
            for (var i = 0; i < frames[f].Length; i++)
            {
                frames[f][i] = new Vector4(pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2], 0) / 255;
            }
        }

        var plane = Plane(frames, size);
        var near = frames.Sum(frame => frame.Where((pixel, i) => Vector4.Distance(pixel, plane[i]) < NearPlane).Count());
        if (near < MinOnPlane * frames.Length * size * size)
        {
            yield return With(MedianFrame(frames));
        }

        yield return With(plane);

        SpriteFrame[] With(Vector4[] ground) => Array.ConvertAll(frames, frame => new SpriteFrame(size, frame, ground));
    }

    private static Vector4[] Plane(Vector4[][] frames, int size)
    {
        // Things rarely cover the edges, so the first fit uses only these.
        var edge = Math.Max(1, size / 16);
        var plane = Enumerable.Repeat(Center(frames, size, edge), size * size).ToArray();
        var stride = Math.Max(1, size * size * frames.Length / 32768);
        for (var pass = 0; pass < Spreads.Length; pass++)
        {
            var normal = new double[3, 3];
            var right = new Vector4[3];
            for (var n = 0; n < frames.Length * size * size; n += stride)
            {
                var i = n % (size * size);
                var (x, y) = (i % size, i / size);
                if (pass < 2 && Math.Min(Math.Min(x, y), size - 1 - Math.Max(x, y)) >= edge)
                {
                    continue;
                }

                var pixel = frames[n / (size * size)][i];
                var ratio = Vector4.DistanceSquared(pixel, plane[i]) / (Spreads[pass] * Spreads[pass]);
                var weight = 1 / ((1 + ratio) * (1 + ratio));
                var (u, v) = (((x + 0.5f) / size) - 0.5f, ((y + 0.5f) / size) - 0.5f);
                (normal[0, 0], normal[0, 1], normal[0, 2]) = (normal[0, 0] + weight, normal[0, 1] + (weight * u), normal[0, 2] + (weight * v));
                (normal[1, 1], normal[1, 2], normal[2, 2]) =
                    (normal[1, 1] + (weight * u * u), normal[1, 2] + (weight * u * v), normal[2, 2] + (weight * v * v));
                right[0] += weight * pixel;
                right[1] += weight * u * pixel;
                right[2] += weight * v * pixel;
            }

            (normal[1, 0], normal[2, 0], normal[2, 1]) = (normal[0, 1], normal[0, 2], normal[1, 2]);
            var (c, du, dv) = Solve(normal, right);
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] = c + (du * ((((i % size) + 0.5f) / size) - 0.5f)) + (dv * ((((i / size) + 0.5f) / size) - 0.5f));
            }
        }

        return plane;
    }

    /// <summary>Returns the median color at the edges.</summary>
    private static Vector4 Center(Vector4[][] frames, int size, int edge) => MedianColor([.. frames.SelectMany(frame => frame.Where((_, i) =>
        Math.Min(Math.Min(i % size, i / size), size - 1 - Math.Max(i % size, i / size)) < edge))]);

    private static Vector4[] MedianFrame(Vector4[][] frames) =>
        [.. Enumerable.Range(0, frames[0].Length).Select(i => MedianColor(Array.ConvertAll(frames, frame => frame[i])))];

    private static Vector4 MedianColor(Vector4[] values)
    {
        return new Vector4(Of(v => v.X), Of(v => v.Y), Of(v => v.Z), 0);

        float Of(Func<Vector4, float> channel) => Median.Of(Array.ConvertAll(values, v => channel(v)));
    }

    /// <summary>Solves a symmetric system of three equations for all channels by Cramer's rule, with a small ridge.</summary>
    private static (Vector4 First, Vector4 Second, Vector4 Third) Solve(double[,] m, Vector4[] right)
    {
        var ridge = 1e-6 * (m[0, 0] + 1e-9);
        var (a, b, c, d, e, f) = (m[0, 0] + ridge, m[0, 1], m[0, 2], m[1, 1] + ridge, m[1, 2], m[2, 2] + ridge);
        var (p, q, r) = ((d * f) - (e * e), (c * e) - (b * f), (b * e) - (c * d));
        var (s, t, u) = ((a * f) - (c * c), (b * c) - (a * e), (a * d) - (b * b));
        var det = (float)((a * p) + (b * q) + (c * r));
        return (
            (((float)p * right[0]) + ((float)q * right[1]) + ((float)r * right[2])) / det,
            (((float)q * right[0]) + ((float)s * right[1]) + ((float)t * right[2])) / det,
            (((float)r * right[0]) + ((float)t * right[1]) + ((float)u * right[2])) / det);
    }
}
