using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Fitting;

/// <summary>The clip size and length that suit a small model for a dataset.</summary>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="World">World that most sampled clips are from.</param>
public sealed record DatasetFit(int Height, int Width, int Frames, ClipWorld World)
{
    /// <summary>Sides are multiples of this number of pixels, which every preset that is tried for the shapes world supports.</summary>
    internal const int Unit = 16;

    /// <summary>Sides are multiples of this number of pixels for the video preset, which has larger blocks.</summary>
    internal const int VideoUnit = 32;

    /// <summary>Maximum side in pixels. With larger sides, a step takes minutes, and a small model cannot show more detail.</summary>
    internal const int MaxPixels = 64;

    /// <summary>Maximum number of frames, for the same reason as <see cref="MaxPixels"/>.</summary>
    internal const int MaxFrames = 16;

    /// <summary>Side of the clips of the bundled model for sprites.</summary>
    private const int SpriteSide = 32;

    private const int Looks = 9;

    /// <summary>Determines size and length from a few clips of a folder or of its training split; <c>null</c> if none of them can be read.</summary>
    /// <exception cref="TinySoraException">The folder is missing or has no clips, or has videos and ffmpeg is missing.</exception>
    public static DatasetFit? For(string folder, CancellationToken cancellation = default)
    {
        folder = DatasetSplit.FolderOf(folder, DatasetSplit.Training);
        var sources = ClipSource.Require(folder, cancellation);
        var looks = Math.Min(Looks, sources.Count);
        var seen = Enumerable.Range(0, looks).Select(i => Measure(sources[i * sources.Count / looks].Path, cancellation)).OfType<DatasetFit>().ToList();
        return seen.Count == 0 ? null
            : For(Middle(seen, fit => fit.Height), Middle(seen, fit => fit.Width), Middle(seen, fit => fit.Frames),
                seen.GroupBy(fit => fit.World).SingleOrDefault(clips => 2 * clips.Count() > seen.Count)?.Key ?? ClipWorld.Other);
    }

    /// <summary>Returns a copy with the sides of the bundled model for sprites, in which sizes and distances have a meaning.</summary>
    public DatasetFit ForSprites() => this with { Height = SpriteSide, Width = SpriteSide };

    /// <summary>Returns a copy with sides that the video preset supports.</summary>
    public DatasetFit ForVideos() => this with { Height = Side(Height, VideoUnit), Width = Side(Width, VideoUnit) };

    /// <summary>
    /// Returns the clip size and length for a model that is trained on a dataset's clips. For small clips, they equal the size and length of these clips;
    /// otherwise, they are limited to the detail that a small model can show.
    /// </summary>
    internal static DatasetFit For(int height, int width, int frames, ClipWorld world)
    {
        var scale = Math.Min(1.0, (double)MaxPixels / Math.Max(height, width));
        return new(Side(height * scale, Unit), Side(width * scale, Unit), Math.Clamp(frames, 1, MaxFrames), world);
    }

    private static int Side(double pixels, int unit) => Math.Max(unit, (int)Math.Round(pixels / unit, MidpointRounding.AwayFromZero) * unit);

    private static int Middle(List<DatasetFit> seen, Func<DatasetFit, int> of) => seen.Select(of).Order().ElementAt(seen.Count / 2);

    private static DatasetFit? Measure(string path, CancellationToken cancellation)
    {
        try
        {
            var world = CaptionFile.Read(path) is not string caption ? ClipWorld.Other
                : ShapesWorld.Parse(caption) is not null ? ClipWorld.Shapes
                : !ClipFile.IsVideo(path) && SpriteParser.IsSentence(caption) ? ClipWorld.Sprites
                : ClipWorld.Other;
            if (ClipFile.IsVideo(path))
            {
                var info = FFmpeg.Probe(path, cancellation);
                return new(info.Height, info.Width, info.Frames ?? MaxFrames, world);
            }

            var clip = ClipFile.Read(path, null, cancellation);
            return new(clip.Height, clip.Width, clip.Frames, world);
        }
        catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
        {
            return null;
        }
    }
}

/// <summary>Where clips come from, according to their captions.</summary>
public enum ClipWorld
{
    /// <summary>All other clips, such as videos and clips without captions.</summary>
    Other,

    /// <summary>The shapes world.</summary>
    Shapes,

    /// <summary>A sprite world, with the user's own pictures or with emoji. Its clips are not video files.</summary>
    Sprites,
}
