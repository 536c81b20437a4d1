using TinySora.Engine.Errors;

namespace TinySora.Engine.Media;

/// <summary>Media files come from outside: one that would fill the memory is refused before anything is allocated for it.</summary>
internal static class MediaLimits
{
    /// <summary>The most one clip may take decoded, in bytes; also the largest still or GIF file read.</summary>
    public const long DecodedBytes = 1L << 30;

    /// <summary>What every reader asks of a file before it opens it.</summary>
    /// <exception cref="TinySoraException">The file is absent or empty.</exception>
    public static FileInfo Check(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw MediaErrors.NotFound(path);
        if (file.Length == 0)
            throw MediaErrors.Corrupt(path, "the file is empty");
        return file;
    }

    /// <exception cref="TinySoraException">The file is absent, empty, unreadable or too large.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        long length = Check(path).Length;
        if (length > DecodedBytes)
            throw MediaErrors.TooLarge(path, length, DecodedBytes);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.CannotOpen(path, e);
        }
    }
}
