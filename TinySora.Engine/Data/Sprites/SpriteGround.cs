using System.Numerics;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Data.Sprites;

/// <summary>Chooses and draws the backgrounds of clips.</summary>
internal sealed class SpriteGround(IReadOnlyList<SpriteBackgroundKind> kinds, IReadOnlyList<Clip> photographs)
{
    /// <summary>Length of a photograph's shorter side relative to the clips, which leaves room for different crops.</summary>
    private const double PhotographScale = 1.5;

    /// <summary>Maximum number of photographs, all of which are in memory.</summary>
    private const int MaxPhotographs = 4096;

    /// <summary>Minimum distance in RGB between a background's color and the mean color of each picture.</summary>
    private const float ClearDistance = 120;

    private const int Attempts = 16;

    /// <summary>Reads the photographs in a folder and its subfolders.</summary>
    /// <param name="folder">Path of the folder; <c>null</c> if the backgrounds have no photographs.</param>
    /// <param name="size">Height and width of the clips in pixels.</param>
    /// <param name="failed">Receives the error for each photograph that cannot be read.</param>
    /// <exception cref="TinySoraException">The folder is missing, has too many photographs, or has none that can be read.</exception>
    public static IReadOnlyList<Clip> ReadPhotographs(string? folder, int size, Action<TinySoraException> failed)
    {
        if (folder is null)
        {
            return [];
        }

        var paths = SpriteFiles.In(folder, ClipFile.IsStill);
        if (paths.Count > MaxPhotographs)
        {
            throw SpriteErrors.TooManyPhotographs(folder, paths.Count, MaxPhotographs);
        }

        var photographs = paths.Select(path => SpriteFiles.Try(() => Photograph(path, size), failed)).OfType<Clip>().ToList();
        return photographs.Count > 0 ? photographs : throw DataErrors.NoPictures(folder, ClipSource.StillExtensions);
    }

    public SpriteBackground Choose(IReadOnlyList<Sprite> shown, ref SplitMix64 random)
    {
        var kind = kinds[random.Below(kinds.Count)];
        return kind switch
        {
            SpriteBackgroundKind.Plain => new SpriteBackground(kind, ClearColor(shown, ref random)),
            SpriteBackgroundKind.Gradient => new SpriteBackground(kind, ClearColor(shown, ref random), ClearColor(shown, ref random), random.Between(0, 360)),
            SpriteBackgroundKind.Photograph => new SpriteBackground(
                kind, Photograph: random.Below(photographs.Count), Left: random.Between(0, 1), Top: random.Between(0, 1)),
            _ => new SpriteBackground(kind),
        };
    }

    /// <summary>Draws a background of size x size pixels.</summary>
    public Vector4[] Draw(SpriteBackground background, int size)
    {
        var pixels = new Vector4[size * size];
        if (background.Kind == SpriteBackgroundKind.Photograph)
        {
            DrawPhotograph(pixels, photographs[background.Photograph], background, size);
            return pixels;
        }

        var (first, last) = (Color(background.First), Color(background.Last));
        var (sin, cos) = Math.SinCos(background.Degrees * Math.PI / 180);
        var reach = background.Kind == SpriteBackgroundKind.Gradient ? size * (Math.Abs(sin) + Math.Abs(cos)) : double.PositiveInfinity;
        for (var i = 0; i < pixels.Length; i++)
        {
            var along = ((((i % size) + 0.5 - (size / 2.0)) * cos) + (((i / size) + 0.5 - (size / 2.0)) * sin)) / reach;
            pixels[i] = double.IsInfinity(reach) ? first : Vector4.Lerp(first, last, (float)(0.5 + along));
        }

        return pixels;
    }

    private static Vector4 Color((byte Red, byte Green, byte Blue) color) => new(color.Red / 255f, color.Green / 255f, color.Blue / 255f, 1);

    private static Clip Photograph(string path, int size)
    {
        var photograph = Resample.ToChannels(ClipFile.Read(path), 3);
        var side = (int)Math.Round(PhotographScale * size);
        Resample.CheckScaled(path, photograph.Height, photograph.Width, 3, 1, side);
        return Resample.ShorterSide(photograph, side);
    }

    private static void DrawPhotograph(Vector4[] pixels, Clip photograph, SpriteBackground background, int size)
    {
        var (left, top) = ((int)(background.Left * (photograph.Width - size + 1)), (int)(background.Top * (photograph.Height - size + 1)));
        for (var i = 0; i < pixels.Length; i++)
        {
            var rgb = photograph.Pixels.AsSpan(3 * (((top + (i / size)) * photograph.Width) + left + (i % size)), 3);
            pixels[i] = Color((rgb[0], rgb[1], rgb[2]));
        }
    }

    /// <summary>Draws a random color that differs from the pictures.</summary>
    private static (byte Red, byte Green, byte Blue) ClearColor(IReadOnlyList<Sprite> shown, ref SplitMix64 random)
    {
        var (best, farthest) = (default((byte Red, byte Green, byte Blue)), -1f);
        for (var attempt = 0; attempt < Attempts && farthest < ClearDistance; attempt++)
        {
            var (red, green, blue) = new Hsv(random.Between(0, 1), random.Between(0, 0.6), random.Between(0.15, 1)).ToRgb();
            var distance = shown.Min(sprite => Vector3.Distance(sprite.MeanColor, new Vector3(red, green, blue)));
            (best, farthest) = distance > farthest ? ((red, green, blue), distance) : (best, farthest);
        }

        return best;
    }
}
