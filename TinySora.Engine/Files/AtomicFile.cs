using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Files that appear whole or not at all: each writer writes to a temporary file of its own in the same folder (<see cref="PendingFile"/>), which gets the
/// name when it is complete. If writing fails, nothing is left behind, and an older file at the path stays. Any number of processes may write one path
/// at once: the last one to finish wins. The content is on the disk before it has the name, so that a power cut leaves no damaged file; the name itself
/// is on the disk after <see cref="DiskFlush.Names"/>.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Ending of a file that is being written; one that a crash left behind is never taken for the real thing.</summary>
    public const string PartialSuffix = ".partial";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a file.</summary>
    /// <param name="failure">The error for a path that the disk or the permissions do not allow to be written.</param>
    /// <param name="overwrite">Whether the file may replace another one of its name.</param>
    /// <exception cref="TinySoraException">NameTaken if <paramref name="overwrite"/> is <c>false</c>; what <paramref name="failure"/> makes.</exception>
    public static void WriteStream(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure, bool overwrite = true) =>
        Write(path, write, failure, file => file.Complete(overwrite));

    /// <summary>Writes a file of text in UTF-8.</summary>
    /// <inheritdoc cref="WriteStream"/>
    public static void WriteText(string path, string text, Func<string, Exception, TinySoraException> failure, bool overwrite = true) =>
        WriteStream(path, stream => stream.Write(Utf8.GetBytes(text)), failure, overwrite);

    /// <summary>
    /// Writes a file of text that is replaced every few seconds, without forcing it to the disk: a power cut may leave it empty or damaged, and its
    /// readers take that as no file.
    /// </summary>
    /// <inheritdoc cref="WriteStream"/>
    public static void WriteFleeting(string path, string text, Func<string, Exception, TinySoraException> failure) =>
        Write(path, stream => stream.Write(Utf8.GetBytes(text)), failure, file => file.Complete(toDisk: false));

    /// <summary>Writes a file unless something has its name when it is complete, including a file that appeared while this one was written.</summary>
    /// <returns>Whether the file was written; <c>false</c>: the name is taken, and what has it stays as it is.</returns>
    /// <inheritdoc cref="WriteStream"/>
    public static bool TryWriteNew(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure)
    {
        var isNew = false;
        Write(path, write, failure, file => isNew = file.TryCompleteNew());
        return isNew;
    }

    /// <summary>Checks that a file can be written, before the work whose result it gets.</summary>
    public static void Check(string path, Func<string, Exception, TinySoraException> failure) => OnFailure.Throw(path, failure, () =>
    {
        if (Directory.Exists(path))
        {
            throw new IOException("It is a folder.");
        }

        DiskFlush.CreateFolder(Path.GetDirectoryName(path)!);
        PendingFile.Create(path).Dispose();
    });

    /// <summary>
    /// Removes a link, a pipe or a device where a file is to be written: nothing here makes one. Writing through a link would destroy what a stranger
    /// let it point to, and a pipe would wait for its reader.
    /// </summary>
    /// <exception cref="IOException">It cannot be removed; also <see cref="UnauthorizedAccessException"/>.</exception>
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
