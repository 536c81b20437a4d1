using System.Numerics;
using TinySora.Engine.Data.Sprites;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>How well a picture in a pose explains the difference between a frame and its background.</summary>
/// <param name="Gain">Decrease of the squared difference when the picture is drawn.</param>
/// <param name="Energy">Squared difference within the picture's bounding box and a small border.</param>
internal readonly record struct SpriteFit(Sprite Sprite, SpritePose Pose, double Gain, double Energy)
{
    /// <summary>The gain minus what remains unexplained within the bounding box.</summary>
    public double Score => Gain - (Energy - Gain);

    /// <summary>A score that a large picture over several small things, or over a part of a thing, does not reach.</summary>
    public double StrictScore => Gain - (3 * (Energy - Gain));

    /// <summary>Explained fraction of the squared difference.</summary>
    public double Share => Energy > 0 ? Gain / Energy : 0;
}

/// <summary>Fits position, size and rotation of a picture to a frame by damped Gauss-Newton steps. The opacity has a closed form.</summary>
/// <param name="size">Height and width of the frames in pixels.</param>
internal sealed class SpriteFitter(int size)
{
    private const double MaxPixels = 3;
    private const double MaxGrowth = 0.2;
    private const double MaxTurn = 12;

    private readonly Vector4[] picture = new Vector4[size * size];
    private readonly Vector4[] overlay = new Vector4[size * size];
    private readonly double[] normal = new double[16];
    private readonly double[] right = new double[4];

    /// <summary>Improves a pose.</summary>
    /// <param name="turns">Whether the rotation is fitted as well.</param>
    /// <param name="minOpacity">Minimum opacity.</param>
    public SpriteFit Refine(SpriteFrame frame, Sprite sprite, SpritePose start, int steps, bool turns = false, double minOpacity = 0.7)
    {
        var best = Measure(frame, sprite, start, minOpacity, wantsStep: true);
        var (shorten, step) = (1.0, Step(best.Pose, turns));
        for (var i = 0; i < steps; i++)
        {
            var next = Measure(frame, sprite, Moved(best.Pose, step, shorten), minOpacity, wantsStep: true);
            if (next.Gain > best.Gain)
            {
                (best, shorten, step) = (next, 1, Step(next.Pose, turns));
            }
            else if ((shorten /= 3) < 0.1)
            {
                break;
            }
        }

        return best;
    }

    /// <summary>Measures a pose without changing it, except for the opacity.</summary>
    public SpriteFit Measure(SpriteFrame frame, Sprite sprite, SpritePose pose, double minOpacity = 0.7) =>
        Measure(frame, sprite, pose, minOpacity, wantsStep: false);

    /// <summary>Returns the frame with a fitted picture as part of its background.</summary>
    public SpriteFrame With(SpriteFrame frame, SpriteFit fit)
    {
        var ground = (Vector4[])frame.Ground.Clone();
        SpriteRenderer.Paint(ground, size, fit.Sprite, fit.Pose);
        for (var i = 0; i < ground.Length; i++)
        {
            ground[i].W = 0;
        }

        return frame with { Ground = ground };
    }

    private static SpritePose Moved(SpritePose pose, double[] step, double shorten) => pose with
    {
        X = Math.Clamp(pose.X + (shorten * step[0]), 0, 1),
        Y = Math.Clamp(pose.Y + (shorten * step[1]), 0, 1),
        Size = Math.Clamp(pose.Size * Math.Exp(shorten * step[2]), 0.05, 1.2),
        Degrees = pose.Degrees + (shorten * step[3]),
    };

    private SpriteFit Measure(SpriteFrame frame, Sprite sprite, SpritePose pose, double minOpacity, bool wantsStep)
    {
        Array.Clear(picture);
        SpriteRenderer.Paint(picture, size, sprite, pose with { Opacity = 1 });
        var (sin, cos) = Math.SinCos(pose.Degrees * Math.PI / 180);
        var reachX = (pose.Size * ((Math.Abs(cos) * sprite.Width) + (Math.Abs(sin) * sprite.Height)) / 2 * size) + 2;
        var reachY = (pose.Size * ((Math.Abs(sin) * sprite.Width) + (Math.Abs(cos) * sprite.Height)) / 2 * size) + 2;
        var (centerX, centerY) = (pose.X * size, pose.Y * size);
        var (left, right) = (Math.Max(0, (int)(centerX - reachX)), Math.Min(size - 1, (int)(centerX + reachX)));
        var (top, bottom) = (Math.Max(0, (int)(centerY - reachY)), Math.Min(size - 1, (int)(centerY + reachY)));
        var (product, square, energy) = (0f, 0f, 0f);
        for (var y = top; y <= bottom; y++)
        {
            for (var i = (y * size) + left; i <= (y * size) + right; i++)
            {
                var pixel = picture[i];
                var over = pixel - (pixel.W * frame.Ground[i]);
                over.W = 0;
                overlay[i] = over;
                var difference = frame.Pixels[i] - frame.Ground[i];
                product += Vector4.Dot(difference, over);
                square += Vector4.Dot(over, over);
                energy += Vector4.Dot(difference, difference);
            }
        }

        var opacity = square > 0 ? Math.Clamp(product / square, minOpacity, 1) : minOpacity;
        if (wantsStep)
        {
            Linearize(frame, (left, top, right, bottom), (float)centerX, (float)centerY, (float)opacity);
        }

        return new SpriteFit(sprite, pose with { Opacity = opacity }, (2 * opacity * product) - (opacity * opacity * square), energy);
    }

    /// <summary>Computes the normal equations of a step in x, y (pixels), the logarithm of the size, and the rotation (radians).</summary>
    private void Linearize(SpriteFrame frame, (int Left, int Top, int Right, int Bottom) box, float centerX, float centerY, float opacity)
    {
        Array.Clear(normal);
        Array.Clear(right);
        Span<Vector4> columns = stackalloc Vector4[4];
        for (var y = Math.Max(1, box.Top + 1); y < Math.Min(size - 1, box.Bottom); y++)
        {
            for (var x = Math.Max(1, box.Left + 1); x < Math.Min(size - 1, box.Right); x++)
            {
                var i = (y * size) + x;
                var (dx, dy) = ((overlay[i + 1] - overlay[i - 1]) * (opacity / 2), (overlay[i + size] - overlay[i - size]) * (opacity / 2));
                var (u, v) = (x + 0.5f - centerX, y + 0.5f - centerY);
                (columns[0], columns[1], columns[2], columns[3]) = (-dx, -dy, (-u * dx) - (v * dy), (v * dx) - (u * dy));
                var rest = frame.Pixels[i] - frame.Ground[i] - (opacity * overlay[i]);
                for (var a = 0; a < 4; a++)
                {
                    right[a] += Vector4.Dot(columns[a], rest);
                    for (var b = a; b < 4; b++)
                    {
                        normal[(4 * a) + b] += Vector4.Dot(columns[a], columns[b]);
                    }
                }
            }
        }
    }

    /// <summary>Returns the step in x and y (fractions of the frame), the logarithm of the size, and degrees.</summary>
    private double[] Step(SpritePose pose, bool turns)
    {
        var count = turns ? 4 : 3;
        var (m, step) = ((double[])normal.Clone(), (double[])right.Clone());
        for (var a = 0; a < count; a++)
        {
            m[5 * a] = (m[5 * a] * 1.02) + 1e-9;
            for (var b = 0; b < a; b++)
            {
                m[(4 * a) + b] = m[(4 * b) + a];
            }
        }

        for (var a = 0; a < count; a++)
        {
            for (var row = a + 1; row < count; row++)
            {
                var factor = m[(4 * row) + a] / m[5 * a];
                step[row] -= factor * step[a];
                for (var column = a; column < count; column++)
                {
                    m[(4 * row) + column] -= factor * m[(4 * a) + column];
                }
            }
        }

        for (var a = count - 1; a >= 0; a--)
        {
            for (var column = a + 1; column < count; column++)
            {
                step[a] -= m[(4 * a) + column] * step[column];
            }

            step[a] /= m[5 * a];
        }

        var most = Math.Max(MaxPixels, pose.Size * size / 8);
        return
        [
            Math.Clamp(step[0], -most, most) / size, Math.Clamp(step[1], -most, most) / size, Math.Clamp(step[2], -MaxGrowth, MaxGrowth),
            turns ? Math.Clamp(step[3] * 180 / Math.PI, -MaxTurn, MaxTurn) : 0,
        ];
    }
}
