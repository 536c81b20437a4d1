using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media;

/// <summary>Media files come from outside: one that would fill the memory is refused before anything is allocated for it.</summary>
internal static class MediaLimits
{
    /// <summary>The most one clip may take decoded, in bytes; also the largest still or GIF file read.</summary>
    public const long DecodedBytes = 1L << 30;

    /// <summary>Clips above this are decoded one after the other: several at once would fill the memory.</summary>
    private const long DecodedTogether = 1L << 26;

    private static readonly object Turn = new();

    /// <summary>Decodes at once, or when no other large clip is being decoded.</summary>
    public static T InTurn<T>(long decodedBytes, Func<T> decode)
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

    /// <summary>What every reader asks of a file before it opens it.</summary>
    /// <exception cref="TinySoraException">The file is absent or empty, or is a pipe or a device, which may never end.</exception>
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

    /// <exception cref="TinySoraException">The file is absent, empty, unreadable or too large.</exception>
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
