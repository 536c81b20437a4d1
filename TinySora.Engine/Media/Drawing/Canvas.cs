namespace TinySora.Engine.Media.Drawing;

/// <summary>A color with its red, green and blue components.</summary>
internal readonly record struct Rgb(byte R, byte G, byte B)
{
    public static readonly Rgb White = new(255, 255, 255);
    public static readonly Rgb Ink = new(38, 40, 46);
}

/// <summary>An image for drawing sheets and charts; anything drawn outside the image is clipped.</summary>
internal sealed class Canvas
{
    private readonly byte[] pixels;

    public Canvas(int width, int height, Rgb background)
    {
        (Width, Height) = (width, height);
        pixels = new byte[checked(3 * width * height)];
        Fill(0, 0, width, height, background);
    }

    public int Width { get; }

    public int Height { get; }

    public Clip ToClip() => new(pixels, 1, Height, Width, 3);

    public void Fill(int left, int top, int width, int height, Rgb color)
    {
        for (var y = top; y < top + height; y++)
        {
            for (var x = left; x < left + width; x++)
            {
                Blend(x, y, color, 1);
            }
        }
    }

    /// <summary>Draws one frame of a clip.</summary>
    public void Frame(Clip clip, int frame, int left, int top)
    {
        ReadOnlySpan<byte> source = clip.Frame(frame);
        for (var y = 0; y < clip.Height; y++)
        {
            for (var x = 0; x < clip.Width; x++)
            {
                var at = (y * clip.Width + x) * clip.Channels;
                var color = clip.Channels == 1
                    ? new Rgb(source[at], source[at], source[at])
                    : new Rgb(source[at], source[at + 1], source[at + 2]);
                Blend(left + x, top + y, color, clip.Channels == 4 ? source[at + 3] / 255f : 1);
            }
        }
    }

    /// <summary>Draws one line of text, with the upper left corner of its first capital at <paramref name="left"/> and <paramref name="top"/>.</summary>
    public void Text(string text, int left, int top, Rgb color, int scale = 1)
    {
        for (var i = 0; i < text.Length; i++)
        {
            for (var y = 0; y < BitmapFont.Height; y++)
            {
                for (var x = 0; x < BitmapFont.Advance - 1; x++)
                {
                    if (BitmapFont.IsSet(text[i], x, y))
                    {
                        Fill(left + (i * BitmapFont.Advance + x) * scale, top + y * scale, scale, scale, color);
                    }
                }
            }
        }
    }

    /// <summary>Draws one line of antialiased text, starting at <paramref name="left"/>, on a baseline.</summary>
    public void Text(string text, int left, int baseline, Rgb color, GlyphSheet font)
    {
        foreach (var character in text)
        {
            for (var y = 0; y < font.Cell; y++)
            {
                for (var x = 0; x < font.Cell; x++)
                {
                    Blend(left + x - GlyphSheet.Bearing, baseline + y - font.Baseline, color, font.Coverage(character, x, y) / 255f);
                }
            }

            left += font.Advance(character);
        }
    }

    /// <summary>Draws a smooth line through all points; a single point becomes a dot.</summary>
    public void Polyline(IReadOnlyList<(double X, double Y)> points, double thickness, Rgb color)
    {
        // Collect coverage for the whole line before painting, so that joints are not painted twice.
        var cover = new float[Width * Height];
        for (var i = 0; i < points.Count; i++)
        {
            Cover(cover, points[Math.Max(0, i - 1)], points[i], thickness / 2);
        }

        for (var i = 0; i < cover.Length; i++)
        {
            if (cover[i] > 0)
            {
                Blend(i % Width, i / Width, color, cover[i]);
            }
        }
    }

    private void Cover(float[] cover, (double X, double Y) a, (double X, double Y) b, double radius)
    {
        var left = Math.Max(0, (int)(Math.Min(a.X, b.X) - radius - 1));
        var right = Math.Min(Width - 1, (int)(Math.Max(a.X, b.X) + radius + 1));
        var top = Math.Max(0, (int)(Math.Min(a.Y, b.Y) - radius - 1));
        var bottom = Math.Min(Height - 1, (int)(Math.Max(a.Y, b.Y) + radius + 1));
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var lengthSquared = dx * dx + dy * dy;
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var along = lengthSquared == 0 ? 0
                    : Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / lengthSquared, 0, 1);
                var distance = Math.Sqrt(Math.Pow(x - a.X - along * dx, 2) + Math.Pow(y - a.Y - along * dy, 2));
                var covered = (float)Math.Clamp(radius + 0.5 - distance, 0, 1);
                cover[y * Width + x] = Math.Max(cover[y * Width + x], covered);
            }
        }
    }

    private void Blend(int x, int y, Rgb color, float opacity)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
        {
            return;
        }

        var at = 3 * (y * Width + x);
        pixels[at] = Mix(pixels[at], color.R, opacity);
        pixels[at + 1] = Mix(pixels[at + 1], color.G, opacity);
        pixels[at + 2] = Mix(pixels[at + 2], color.B, opacity);
    }

    private static byte Mix(byte below, byte above, float opacity) => (byte)(below + (above - below) * opacity + 0.5f);
}
