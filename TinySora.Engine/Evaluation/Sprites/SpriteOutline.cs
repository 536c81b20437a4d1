using System.Numerics;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>The pixels of a frame that differ from the background.</summary>
internal static class SpriteOutline
{
    /// <summary>Minimum squared difference of a pixel, and its minimum relative to the largest in the thing.</summary>
    private const float MinSquare = 0.001f;
    private const float MinRatio = 0.04f;

    /// <summary>Returns the squared difference from the background within a box.</summary>
    public static double Energy(SpriteFrame frame, double x, double y, double width, double height) =>
        Pixels(frame, x, y, width, height).Sum(i => Square(frame, i));

    /// <summary>Returns the bounding box of the pixels that are connected to a fitted picture.</summary>
    public static (double X, double Y, double Width, double Height) Find(SpriteFrame frame, SpriteFit fit)
    {
        var size = frame.Size;
        var seeds = Pixels(frame, fit.Pose.X, fit.Pose.Y, fit.Pose.Size * fit.Sprite.Width, fit.Pose.Size * fit.Sprite.Height).ToList();
        var least = Math.Max(MinSquare, MinRatio * seeds.Max(i => Square(frame, i)));
        var open = new Stack<int>(seeds.Where(i => Square(frame, i) >= least));
        var isKnown = new bool[size * size];
        var (left, top, right, bottom) = (size, size, -1, -1);
        while (open.TryPop(out var i))
        {
            if (isKnown[i])
            {
                continue;
            }

            isKnown[i] = true;
            var (x, y) = (i % size, i / size);
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
            foreach (var near in BrightObject.Around(i, size, size))
            {
                if (!isKnown[near] && Square(frame, near) >= least)
                {
                    open.Push(near);
                }
            }
        }

        return right < 0 ? (fit.Pose.X, fit.Pose.Y, fit.Pose.Size * fit.Sprite.Width, fit.Pose.Size * fit.Sprite.Height)
            : ((left + right + 1) / (2.0 * size), (top + bottom + 1) / (2.0 * size), (right + 1.0 - left) / size, (bottom + 1.0 - top) / size);
    }

    private static float Square(SpriteFrame frame, int i) => Vector4.DistanceSquared(frame.Pixels[i], frame.Ground[i]);

    private static IEnumerable<int> Pixels(SpriteFrame frame, double x, double y, double width, double height)
    {
        var size = frame.Size;
        var (left, right) = (Math.Clamp((int)((x - (width / 2)) * size), 0, size - 1), Math.Clamp((int)((x + (width / 2)) * size), 0, size - 1));
        var (top, bottom) = (Math.Clamp((int)((y - (height / 2)) * size), 0, size - 1), Math.Clamp((int)((y + (height / 2)) * size), 0, size - 1));
        for (var row = top; row <= bottom; row++)
        {
            for (var column = left; column <= right; column++)
            {
                yield return (row * size) + column;
            }
        }
    }
}
