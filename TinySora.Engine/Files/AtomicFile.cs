using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Writes files that appear complete or not at all. Each writer uses its own temporary file in the same folder (<see cref="PendingFile"/>), which is
/// renamed when it is complete. If writing fails, nothing is left behind, and an existing file at the path is kept. Any number of processes may write to
/// the same path simultaneously; the last one to finish wins. The content is flushed to disk before the rename, so a power cut leaves no corrupt file.
/// <see cref="DiskFlush.FlushNames"/> flushes the name itself.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Suffix of a file that is being written. If a crash leaves such a file behind, it is never used.</summary>
    public const string PartialSuffix = ".partial";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a file.</summary>
    /// <param name="failure">Creates the error for a path that cannot be written because of the disk or missing permissions.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">
    /// NameTaken if <paramref name="overwrite"/> is <c>false</c>; the error that <paramref name="failure"/> creates.
    /// </exception>
    public static void WriteStream(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure, bool overwrite = true) =>
        Write(path, write, failure, file => file.Complete(overwrite));

    /// <summary>Writes a UTF-8 text file.</summary>
    /// <inheritdoc cref="WriteStream"/>
    public static void WriteText(string path, string text, Func<string, Exception, TinySoraException> failure, bool overwrite = true) =>
        WriteStream(path, stream => stream.Write(Utf8.GetBytes(text)), failure, overwrite);

    /// <summary>
    /// Writes a text file without flushing it to disk, for files that are replaced every few seconds. A power cut may leave the file empty or corrupt, and
    /// readers must treat such a file as missing.
    /// </summary>
    /// <inheritdoc cref="WriteStream"/>
    public static void WriteWithoutFlush(string path, string text, Func<string, Exception, TinySoraException> failure) =>
        Write(path, stream => stream.Write(Utf8.GetBytes(text)), failure, file => file.Complete(toDisk: false));

    /// <summary>Writes a file unless its name is taken by the time the content is complete, even by a file that appeared during writing.</summary>
    /// <returns>Whether the file was written; <c>false</c> if the name is taken. The existing file then remains unchanged.</returns>
    /// <inheritdoc cref="WriteStream"/>
    public static bool TryWriteNew(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure)
    {
        var isNew = false;
        Write(path, write, failure, file => isNew = file.TryCompleteNew());
        return isNew;
    }

    /// <summary>Checks that a file can be written. Call this method before computing the file's content.</summary>
    public static void Check(string path, Func<string, Exception, TinySoraException> failure) => OnFailure.Throw(path, failure, () =>
    {
        if (Directory.Exists(path))
        {
            throw new IOException("The path is a folder.");
        }

        DiskFlush.CreateFolder(Path.GetDirectoryName(path)!);
        PendingFile.Create(path).Dispose();
    });

    /// <summary>
    /// Removes a link, pipe or device, which TinySora never creates, from the path of a file to write. Writing through a link would overwrite its target,
    /// which an attacker may have chosen, and writing to a pipe would block until it has a reader.
    /// </summary>
    /// <exception cref="IOException">The link, pipe or device cannot be removed; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void RemoveLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null || RegularFile.IsSpecial(path))
        {
            File.Delete(path);
        }
    }

    private static void Write(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure, Action<PendingFile> complete) =>
        OnFailure.Throw(path, failure, () =>
        {
            using var file = PendingFile.Create(path);
            write(file.Stream);
            complete(file);
        });
}
