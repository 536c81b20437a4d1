using System.Numerics;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Data.Sprites;

/// <summary>A picture with transparency and the words for it. The picture is stored in halved sizes, so that it can be drawn small without aliasing.</summary>
public sealed class Sprite
{
    /// <summary>Alpha below which pixels do not count as part of the picture.</summary>
    private const int MinAlpha = 16;

    /// <summary>Side in pixels at which turned pictures are compared.</summary>
    private const int ComparedSide = 32;

    /// <summary>Minimum difference between the picture and its turned versions at which a turn is visible.</summary>
    private const double VisibleTurn = 0.1;

    private readonly List<SpriteLevel> levels = [];

    private Sprite(SpriteName name, Clip picture)
    {
        Name = name;
        var level = SpriteLevel.Create(picture);
        var sum = level.Pixels.Aggregate(Vector4.Zero, Vector4.Add);
        MeanColor = new Vector3(sum.X, sum.Y, sum.Z) / sum.W * 255;
        (Pixels, Width, Height) = (Math.Max(level.Width, level.Height), level.Width, level.Height);
        (Width, Height) = (Width / Pixels, Height / Pixels);
        for (levels.Add(level); Math.Max(level.Width, level.Height) > 2; levels.Add(level))
        {
            level = level.Halve();
        }

        TurnDifference = MeasureTurn();
    }

    public SpriteName Name { get; }

    /// <summary>Width of the upright picture as a fraction of its longer side.</summary>
    public double Width { get; }

    /// <summary>Height of the upright picture as a fraction of its longer side.</summary>
    public double Height { get; }

    /// <summary>Whether it is visible that the picture turns; it is not for a plain ball.</summary>
    public bool ShowsTurning => TurnDifference >= VisibleTurn;

    /// <summary>Length of the picture's longer side in pixels, before it is halved.</summary>
    internal int Pixels { get; }

    /// <summary>Mean red, green and blue of the picture, from 0 to 255.</summary>
    internal Vector3 MeanColor { get; }

    /// <summary>Mean difference between the picture and versions turned by 30 to 150 degrees, from 0 (equal) to 1.</summary>
    internal double TurnDifference { get; }

    /// <summary>Crops a picture to its visible part.</summary>
    /// <param name="side">Length in pixels that the longer side is reduced to if it is longer.</param>
    /// <returns>The sprite; <c>null</c> if the picture has no transparent or no visible pixels.</returns>
    internal static Sprite? Create(SpriteName name, Clip picture, int side)
    {
        if (picture.Channels != 4 || VisiblePart(picture) is not { } part)
        {
            return null;
        }

        var longer = Math.Max(part.Width, part.Height);
        return new Sprite(name, longer <= side ? part
            : Resample.Resize(part, Math.Max(1, part.Height * side / longer), Math.Max(1, part.Width * side / longer)));
    }

    /// <summary>Returns the version of the picture whose longer side has at most twice as many pixels as it occupies in the frame.</summary>
    /// <param name="pixels">Length of the longer side in the frame.</param>
    internal SpriteLevel LevelFor(double pixels) => levels.Find(level => Pixels <= 2 * pixels * level.Factor) ?? levels[^1];

    private static Clip? VisiblePart(Clip picture)
    {
        var (left, top, right, bottom) = (picture.Width, picture.Height, -1, -1);
        for (var i = 0; i < picture.Width * picture.Height; i++)
        {
            if (picture.Pixels[(4 * i) + 3] >= MinAlpha)
            {
                var (x, y) = (i % picture.Width, i / picture.Width);
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
            }
        }

        if (right < 0)
        {
            return null;
        }

        var part = Clip.Black(1, bottom - top + 1, right - left + 1, 4);
        for (var y = 0; y < part.Height; y++)
        {
            picture.Pixels.AsSpan(4 * (((top + y) * picture.Width) + left), 4 * part.Width).CopyTo(part.Pixels.AsSpan(4 * y * part.Width));
        }

        return part;
    }

    private double MeasureTurn()
    {
        var upright = Draw(0);
        return Enumerable.Range(1, 5).Average(step =>
        {
            var (turned, difference, sum) = (Draw(30 * step), 0f, 0f);
            for (var i = 0; i < upright.Length; i++)
            {
                difference += Vector4.Dot(Vector4.Abs(upright[i] - turned[i]), Vector4.One);
                sum += Vector4.Dot(upright[i] + turned[i], Vector4.One);
            }

            return difference / sum;
        });

        Vector4[] Draw(double degrees)
        {
            var frame = new Vector4[ComparedSide * ComparedSide];
            SpriteRenderer.Paint(frame, ComparedSide, this, new SpritePose(0.5, 0.5, 0.7, degrees));
            return frame;
        }
    }
}

/// <summary>A picture in one size, as red, green, blue and alpha from 0 to 1, premultiplied.</summary>
/// <param name="Factor">Number of pixels of the original picture along a side of a pixel, a power of two.</param>
internal sealed record SpriteLevel(Vector4[] Pixels, int Width, int Height, int Factor = 1)
{
    public static SpriteLevel Create(Clip picture)
    {
        var pixels = new Vector4[picture.Width * picture.Height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var rgba = picture.Pixels.AsSpan(4 * i, 4);
            var alpha = rgba[3] / 255f;
            pixels[i] = new Vector4(rgba[0] / 255f * alpha, rgba[1] / 255f * alpha, rgba[2] / 255f * alpha, alpha);
        }

        return new SpriteLevel(pixels, picture.Width, picture.Height);
    }

    /// <summary>Averages squares of four pixels. Beyond an odd edge, the picture is transparent.</summary>
    public SpriteLevel Halve()
    {
        var half = new SpriteLevel(new Vector4[(Width + 1) / 2 * ((Height + 1) / 2)], (Width + 1) / 2, (Height + 1) / 2, 2 * Factor);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                half.Pixels[(y / 2 * half.Width) + (x / 2)] += Pixels[(y * Width) + x] / 4;
            }
        }

        return half;
    }
}
