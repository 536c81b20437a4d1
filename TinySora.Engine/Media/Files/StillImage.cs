using TinySora.Engine.Errors;
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
        if (!starts.Any(start => file.AsSpan().StartsWith(start)))
        {
            throw MediaErrors.Corrupt(path, $"it is no {name} file");
        }

        if (IsAnimatedWebP(file))
        {
            throw MediaErrors.AnimatedWebP(path);
        }

        Clip? clip = null;
        Decode(path, file, ref clip);
        clip ??= VideoFile.Read(path, new ReadOptions { MaxFrames = 1, IsAsStored = true }, cancellationToken) with { FrameMilliseconds = 100 };
        return ExifOrientation.Upright(clip, ExifOrientation.Of(file));
    }

    /// <summary>Whether the flags of the extended header, which come after its name and length, have the bit of an animation.</summary>
    private static bool IsAnimatedWebP(ReadOnlySpan<byte> file) => file.Length > 20 && file[8..].StartsWith("WEBPVP8X"u8) && (file[20] & 2) != 0;

    /// <summary>Does nothing where there is no ImageSharp.</summary>
    static partial void Decode(string path, byte[] file, ref Clip? clip);
}
