using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Worlds;

/// <summary>
/// Draws synthetic objects. Lengths refer to the published 64x64 clips and are scaled to the image size. Edges are hard, so that a GIF palette contains
/// every color exactly.
/// </summary>
internal static class SyntheticScene
{
    private const double PublishedSize = 64;

    /// <summary>Draws an RGB clip. The background is constant, and the whole shape is visible or wraps around.</summary>
    /// <param name="random">Generator for everything that the caption does not specify: position, size, speed and shade.</param>
    public static Clip Draw(SyntheticObject shown, SplitMix64 random, int size, int frames)
    {
        var speed = Speed(shown.Speed, ref random);
        var color = ColorNames.Draw(shown.Color, ref random);
        var ground = Ground(shown.Pattern, ColorNames.Draw(shown.Background, ref random).ToRgb(), size, ref random);
        var mask = Masks(shown, speed, size, ref random);
        var clip = Clip.Black(frames, size, size, 3, (int)(100 / speed));
        for (var f = 0; f < frames; f++)
        {
            var shade = shown.Animation == Animation.ChangingColor ? color with { Hue = color.Hue + (0.1 * speed * f) } : color;
            var (red, green, blue) = shade.ToRgb();
            var pixels = clip.Frame(f);
            ground.CopyTo(pixels);
            var covered = mask(f);
            for (var i = 0; i < covered.Length; i++)
            {
                if (covered[i] >= 0.5f)
                {
                    (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (red, green, blue);
                }
            }
        }

        return clip;
    }

    /// <summary>Draws a random speed from 0.5 to 2: slowly is less than 0.8, quickly is more than 1.5, and steadily is in between.</summary>
    private static double Speed(string? word, ref SplitMix64 random) => word switch
    {
        "quickly" => 2 - random.Between(0, 0.5),
        "slowly" => random.Between(0.5, 0.8),
        "steadily" => random.Between(0.8, 1.5),
        _ => random.Between(0.5, 2),
    };

    /// <summary>Returns a function from a frame's index to the fraction of each pixel that the shape covers.</summary>
    private static Func<int, float[]> Masks(SyntheticObject shown, double speed, int size, ref SplitMix64 random)
    {
        var scale = size / PublishedSize;
        var middle = size / 2.0;
        double Pixels(double published) => Math.Floor(published) * scale;
        float[] At(double x, double y, double radius, double degrees = 0) => ShapeMask.Draw(shown.Shape, x, y, radius, size, degrees);
        float[] Wrapped(double x, double y, double radius) =>
            Union(At(x % size, y, radius), At((x % size) - size, y, radius), At((x % size) + size, y, radius));

        var length = random.Between(10, 20) * scale;
        switch (shown.Animation)
        {
            case Animation.Moving:
                var (x, y) = (random.Between(0, size), random.Between(length, size - length));
                return f => Wrapped(x + Pixels(5 * speed * f), y, length);
            case Animation.Growing:
                return f => At(middle, middle, Math.Min(size, length + (3 * scale * f)) / 2);
            case Animation.Bouncing:
                var radius = Math.Min(length, middle - (20 * scale));
                return f => At(middle, middle + (20 * scale * Math.Sin(f * speed * Math.PI / 5)), radius);
            case Animation.Rotating:
                return f => Notched(At(middle, middle, length, 10 * speed * f), 10 * speed * f);
            case Animation.ChangingColor:
                return _ => At(middle, middle, length);
            default:
                var left = random.Between(0, size);
                var top = random.Between(length / 2, size - (length / 2) - (30 * scale));
                return f => Union([.. Enumerable.Range(0, 3).Select(
                    j => Wrapped(left + Pixels((f + (10 * j)) * speed), top + (15 * scale * j), length / 2))]);
        }

        // The rotation of a circle is visible only with a notch.
        float[] Notched(float[] mask, double degrees)
        {
            if (shown.Shape == "circle")
            {
                var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
                var notch = ShapeMask.Draw("circle", middle + (0.6 * length * cos), middle + (0.6 * length * sin), 0.3 * length, size);
                for (var i = 0; i < mask.Length; i++)
                {
                    mask[i] -= notch[i];
                }
            }

            return mask;
        }
    }

    private static float[] Union(params float[][] masks)
    {
        for (var i = 0; i < masks[0].Length; i++)
        {
            masks[0][i] = masks.Max(m => m[i]);
        }

        return masks[0];
    }

    /// <summary>Draws the background of a frame as RGB bytes.</summary>
    private static byte[] Ground(Pattern pattern, (byte Red, byte Green, byte Blue) color, int size, ref SplitMix64 random)
    {
        var scale = size / PublishedSize;
        var dots = new float[size * size];
        for (var n = 0; pattern == Pattern.Dots && n < 20; n++)
        {
            dots = Union(dots, ShapeMask.Draw("circle", random.Between(0, size), random.Between(0, size), 2.5 * scale, size));
        }

        var pixels = new byte[3 * size * size];
        pixels.AsSpan().Fill(255);
        for (var i = 0; i < dots.Length; i++)
        {
            var (y, x) = ((int)((i / size) / scale), (int)((i % size) / scale));
            var marked = pattern switch
            {
                Pattern.Solid => true,
                Pattern.Dots => dots[i] >= 0.5f,
                Pattern.Grid => x % 10 < 2 && y % 10 < 2,
                _ => y % 8 == 0,
            };
            if (marked)
            {
                (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = color;
            }
        }

        return pixels;
    }
}
