using TinySora.Engine.Errors;
using TinySora.Engine.Media.Formats;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Media.Files;

/// <summary>Reads image formats that this program cannot write, using ImageSharp for JPEG and WebP if the build includes it, and ffmpeg otherwise.</summary>
internal static partial class StillImage
{
    /// <summary>
    /// Format names and first bytes of still images by extension. To add a format, also allow it for ffmpeg, see <see cref="FFmpeg.Input"/>, and bypass
    /// ImageSharp if ImageSharp cannot read it.
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

    /// <summary>File extensions of still images, in lower case with the dot.</summary>
    public static IReadOnlyCollection<string> Extensions => Formats.Keys;

    /// <summary>Reads a still image. Rejects a file whose content does not match its extension, because ffmpeg would otherwise read it in any format.</summary>
    /// <returns>A clip of one frame.</returns>
    /// <exception cref="TinySoraException">The file is missing, corrupt or too large, or both ImageSharp and ffmpeg are missing.</exception>
    public static Clip Read(string path, CancellationToken cancellationToken = default)
    {
        var file = MediaLimits.ReadAllBytes(path);
        var (name, starts) = Formats[Path.GetExtension(path).ToLowerInvariant()];
        var heif = HeifPicture.Read(file);
        if (starts.Length == 0 ? heif is null : !starts.Any(start => file.AsSpan().StartsWith(start)))
        {
            throw MediaErrors.Corrupt(path, $"it is not a valid {name} file");
        }

        if (FileSignature.IsAnimatedWebP(file))
        {
            throw MediaErrors.AnimatedWebP(path);
        }

        if (heif is not null)
        {
            return ReadHeif(path, name, heif, cancellationToken);
        }

        const int compression = 259, tileWidth = 322;
        if (name == "TIFF" && (ExifOrientation.TiffValue(file, compression) is 6 or 7 || ExifOrientation.TiffValue(file, tileWidth) is not null))
        {
            // ffmpeg would return a black image.
            throw MediaErrors.PictureUnread(path, "tiled or JPEG-compressed TIFF");
        }

        Clip? clip = null;
        if (name is "JPEG" or "WebP")
        {
            // ImageSharp 3.1.12 writes beyond its buffers for crafted TIFF files, and does not check all of a BMP file's header.
            Decode(path, file, ref clip);
        }

        return ExifOrientation.Apply(clip ?? ReadByFFmpeg(path, cancellationToken), ExifOrientation.Of(file));
    }

    private static Clip ReadHeif(string path, string name, HeifPicture picture, CancellationToken cancellationToken)
    {
        if (picture.IsAnimated)
        {
            throw MediaErrors.AnimatedPicture(path, name, ".avifs");
        }

        if (picture.IsInTiles)
        {
            // ffmpeg would return a single tile instead of the image.
            throw MediaErrors.PictureUnread(path, name);
        }

        try
        {
            return picture.Orientations.Aggregate(ReadByFFmpeg(path, cancellationToken), ExifOrientation.Apply);
        }
        catch (TinySoraException e) when (e.Kind == ErrorKind.InvalidData && e.Id != MediaErrors.TooLargeId)
        {
            throw MediaErrors.PictureUnread(path, name, e);
        }
    }

    private static Clip ReadByFFmpeg(string path, CancellationToken cancellationToken) =>
        VideoFile.Read(path, new ReadOptions { MaxFrames = 1, IsAsStored = true }, cancellationToken) with { FrameMilliseconds = 100 };

    /// <summary>Decodes the image if ImageSharp is included; otherwise does nothing.</summary>
    static partial void Decode(string path, byte[] file, ref Clip? clip);
}
