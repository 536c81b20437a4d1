using System.IO.Hashing;

namespace TinySora.Engine.Data.Writing;

/// <summary>Identifies the content of a file in a few characters, for an <see cref="OutputLog"/>.</summary>
internal static class FileContent
{
    /// <returns>Length and hash; <c>null</c> if there is no regular file with content or access is denied.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public static string? GetFingerprint(string path)
    {
        var file = new FileInfo(path);
        // A pipe or a device has no length and might never end, and this program creates no links.
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

    /// <summary>Returns whether a name is taken: by a file, a folder, or a link, including a broken one.</summary>
    public static bool IsTaken(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
