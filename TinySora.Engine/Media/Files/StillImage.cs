using TinySora.Engine.Errors;
using TinySora.Engine.Media.Formats;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Media.Files;

/// <summary>Pictures that are only read, and seldom: ImageSharp does it where the build found its package, else ffmpeg.</summary>
internal static partial class StillImage
{
    /// <summary>
    /// The first bytes of still pictures, by the file's extension. For another format ffmpeg needs to be allowed it, see
    /// <see cref="FFmpeg.Input"/>, and ImageSharp to be passed over if it cannot read it.
    /// </summary>
    private static readonly Dictionary<string, (string Name, byte[][] Starts)> Formats = new()
    {
        [".jpg"] = ("JPEG", [[0xFF, 0xD8]]),
        [".jpeg"] = ("JPEG", [[0xFF, 0xD8]]),
        [".webp"] = ("WebP", [[.. "RIFF"u8]]),
        [".bmp"] = ("BMP", [[.. "BM"u8]]),
        [".tif"] = ("TIFF", [[.. "II*\0"u8], [.. "MM\0*"u8]]),
        [".tiff"] = ("TIFF", [[.. "II*\0"u8], [.. "MM\0*"u8]]),
        [".avif"] = ("AVIF", []),
        [".heic"] = ("HEIC", []),
        [".heif"] = ("HEIC", []),
    };

    /// <summary>The file extensions of still pictures, in lower case with the dot.</summary>
    public static IReadOnlyCollection<string> Extensions => Formats.Keys;

    /// <summary>Reads a still picture; a content that differs from the extension is refused, since ffmpeg would read anything.</summary>
    /// <returns>A clip of one frame.</returns>
    /// <exception cref="TinySoraException">Absent, damaged, too large, or neither package nor ffmpeg is there.</exception>
    public static Clip Read(string path, CancellationToken cancellationToken = default)
    {
        var file = MediaLimits.ReadAllBytes(path);
        var (name, starts) = Formats[Path.GetExtension(path).ToLowerInvariant()];
        var heif = HeifPicture.Read(file);
        if (starts.Length == 0 ? heif is null : !starts.Any(start => file.AsSpan().StartsWith(start)))
        {
            throw MediaErrors.Corrupt(path, $"it is no {name} file");
        }

        if (FileSignature.IsAnimatedWebP(file))
        {
            throw MediaErrors.AnimatedWebP(path);
        }

        if (heif is not null)
        {
            return ReadHeif(path, name, heif, cancellationToken);
        }

        Clip? clip = null;
        Decode(path, file, ref clip);
        return ExifOrientation.Upright(clip ?? ReadByFFmpeg(path, cancellationToken), ExifOrientation.Of(file));
    }

    private static Clip ReadHeif(string path, string name, HeifPicture picture, CancellationToken cancellationToken)
    {
        if (picture.IsAnimated)
        {
            throw MediaErrors.AnimatedPicture(path, name, ".avifs");
        }

        if (picture.IsInTiles)
        {
            // ffmpeg would give one tile for the whole.
            throw MediaErrors.PictureUnread(path, name);
        }

        try
        {
            return picture.Orientations.Aggregate(ReadByFFmpeg(path, cancellationToken), ExifOrientation.Upright);
        }
        catch (TinySoraException e) when (e.Kind == ErrorKind.InvalidData && e.Id != MediaErrors.TooLargeId)
        {
            throw MediaErrors.PictureUnread(path, name, e);
        }
    }

    private static Clip ReadByFFmpeg(string path, CancellationToken cancellationToken) =>
        VideoFile.Read(path, new ReadOptions { MaxFrames = 1, IsAsStored = true }, cancellationToken) with { FrameMilliseconds = 100 };

    /// <summary>Does nothing where there is no ImageSharp.</summary>
    static partial void Decode(string path, byte[] file, ref Clip? clip);
}
