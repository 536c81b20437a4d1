using System.IO.Hashing;

namespace TinySora.Engine.Data.Writing;

/// <summary>The content of a file in a few characters, by which a <see cref="WrittenLog"/> recognizes it.</summary>
internal static class FileContent
{
    /// <returns>Length and hash; <c>null</c> if there is no regular file with content, or it may not be read.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public static string? Of(string path)
    {
        var file = new FileInfo(path);
        // A pipe or a device has no length and might never end, and no link is made here.
        if (file.LinkTarget is not null || !file.Exists || file.Length == 0)
        {
            return null;
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var hash = new XxHash128();
            hash.Append(stream);
            return $"{stream.Length}-{Convert.ToHexString(hash.GetCurrentHash())}";
        }
        catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether anything has a name: a file, a folder, or a link, including one that leads nowhere.</summary>
    public static bool IsTaken(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
