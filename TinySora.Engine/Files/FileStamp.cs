namespace TinySora.Engine.Files;

/// <summary>Length and modification time of a file's content, which identify its version.</summary>
/// <param name="Length">Length in bytes.</param>
/// <param name="Modified">Modification time in UTC.</param>
internal readonly record struct FileStamp(long Length, DateTime Modified)
{
    /// <summary>
    /// Returns the stamp of a file; for a link, the stamp of its target, because <see cref="FileInfo"/> describes the link itself on Unix. Returns <c>null</c>
    /// if there is no file, or if the link's target is missing, is not a regular file or cannot be opened.
    /// </summary>
    public static FileStamp? Of(string path) => OnFailure.Return<FileStamp?>(null, () =>
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is null)
        {
            return file.Exists ? new(file.Length, file.LastWriteTimeUtc) : null;
        }

        // .NET resolves the target of a relative link incorrectly if a parent folder is also a link; the operating system does not.
        using var target = RandomAccessFile.Open(path);
        return new(target.Length, target.Modified);
    });
}
