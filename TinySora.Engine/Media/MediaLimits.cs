using TinySora.Engine.Errors;

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
    /// <exception cref="TinySoraException">The file is absent or empty.</exception>
    public static FileInfo Check(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw MediaErrors.NotFound(path);
        }

        if (file.Length == 0)
        {
            throw MediaErrors.Corrupt(path, "the file is empty");
        }

        return file;
    }

    /// <exception cref="TinySoraException">The file is absent, empty, unreadable or too large.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        var length = Check(path).Length;
        if (length > DecodedBytes)
        {
            throw MediaErrors.TooLarge(path, length, DecodedBytes);
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw MediaErrors.CannotOpen(path, e);
        }
    }
}
