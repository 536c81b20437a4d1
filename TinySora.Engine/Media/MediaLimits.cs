using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media;

/// <summary>Limits for untrusted media files. A file that would exhaust memory is rejected before memory is allocated for it.</summary>
internal static class MediaLimits
{
    /// <summary>Maximum size in bytes of a decoded clip, and of an image file or GIF file.</summary>
    public const long DecodedBytes = 1L << 30;

    /// <summary>Size in bytes above which clips are decoded one at a time, because several together would exhaust memory.</summary>
    private const long DecodedTogether = 1L << 26;

    private static readonly object Turn = new();

    /// <summary>Calls the decoder immediately or, for a large clip, once no other large clip is being decoded.</summary>
    public static T DecodeSerially<T>(long decodedBytes, Func<T> decode)
    {
        if (decodedBytes <= DecodedTogether)
        {
            return decode();
        }

        lock (Turn)
        {
            return decode();
        }
    }

    /// <summary>Checks a media file before a reader opens it.</summary>
    /// <exception cref="TinySoraException">The file is missing or empty, or is a pipe or device, which may never end.</exception>
    public static void Check(string path)
    {
        if (!File.Exists(path))
        {
            throw MediaErrors.NotFound(path);
        }

        var length = OnFailure.Throw(path, MediaErrors.CannotOpen, () =>
        {
            using var stream = BusyFile.Open(path, followsLink: true);
            return stream.Length;
        });
        if (length == 0)
        {
            throw MediaErrors.Corrupt(path, "the file is empty");
        }
    }

    /// <exception cref="TinySoraException">The file is missing, empty, unreadable or too large.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        Check(path);
        return OnFailure.Throw(path, MediaErrors.CannotOpen, () =>
        {
            using var stream = BusyFile.Open(path, followsLink: true);
            return stream.Length > DecodedBytes ? throw MediaErrors.TooLarge(path, stream.Length, DecodedBytes)
                : RegularFile.ReadAllBytes(stream, path, DecodedBytes);
        });
    }
}
