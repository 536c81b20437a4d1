using TinySora.Engine.Errors;

namespace TinySora.Engine.Interop;

/// <summary>Files appear whole or not at all: written beside the target as <c>name.partial</c>, then renamed over it.</summary>
internal static class AtomicFile
{
    /// <summary>Ending of a file that is being written; one that a crash left behind is never taken for the real thing.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Writes a file; if that fails, nothing is left behind, and an older file at the path stays.</summary>
    /// <param name="write">Gets the path to write to.</param>
    /// <param name="failure">The error for a path that the disk or the permissions do not allow to be written.</param>
    public static void Write(string path, Action<string> write, Func<string, Exception, TinySoraException> failure)
    {
        var partial = path + PartialSuffix;
        try
        {
            RemoveLink(partial);
            write(partial);
            Moment.Pass();
            BusyFile.Wait(() => File.Move(partial, path, overwrite: true));
        }
        catch (Exception e)
        {
            // What another process holds is that one's.
            if (!BusyFile.IsHeld(e))
            {
                BusyFile.TryDelete(partial);
            }

            if (FileFailure.Is(e))
            {
                throw failure(path, e);
            }

            throw;
        }
    }

    /// <summary>Checks that a file can be written, before the work whose result it gets.</summary>
    public static void Check(string path, Func<string, Exception, TinySoraException> failure)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw new IOException("It is a folder.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            RemoveLink(path + PartialSuffix);
            File.WriteAllText(path + PartialSuffix, "");
            BusyFile.TryDelete(path + PartialSuffix);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw failure(path, e);
        }
    }

    /// <summary>
    /// Removes a link where a file is to be written: nothing here makes one, and writing through it would destroy what a stranger let it point to.
    /// </summary>
    /// <exception cref="IOException">It cannot be removed; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void RemoveLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
        }
    }

    /// <summary>
    /// Writes a file that appears whole or not at all, with its bytes on the disk before it has its name, so that it survives a power cut.
    /// </summary>
    /// <inheritdoc cref="Write(string, Action{string}, Func{string, Exception, TinySoraException})"/>
    public static void WriteDurably(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure) =>
        Write(path, write, failure, toDisk: true);

    /// <summary>
    /// Writes a file that appears whole or not at all, also where two processes write it at once: who comes second waits a second, gets the error
    /// then, and harms nothing.
    /// </summary>
    /// <inheritdoc cref="Write(string, Action{string}, Func{string, Exception, TinySoraException})"/>
    public static void WriteStream(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure) =>
        Write(path, write, failure, toDisk: false);

    private static void Write(string path, Action<Stream> write, Func<string, Exception, TinySoraException> failure, bool toDisk)
    {
        var partial = path + PartialSuffix;
        try
        {
            using var stream = Claim(partial);
            try
            {
                write(stream);
                stream.Flush(toDisk);
                Moment.Pass();
                Rename(stream, partial, path);
            }
            catch
            {
                CloseOnWindows(stream);
                BusyFile.TryDelete(partial);
                throw;
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw failure(path, e);
        }
    }

    /// <summary>Opens a file to be written, empty, which nobody else can open so until it is closed.</summary>
    /// <exception cref="IOException">Another process is writing it; or the system refuses.</exception>
    private static FileStream Claim(string partial)
    {
        while (true)
        {
            RemoveLink(partial);
            var stream = BusyFile.Wait(() => new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 20));
            try
            {
                if (File.Exists(partial))
                {
                    Empty(stream);
                    return stream;
                }
            }
            catch
            {
                stream.Dispose();
                throw;
            }

            // Another process finished it just before it was ours: what was opened has its name by now.
            stream.Dispose();
        }
    }

    private static void Empty(FileStream stream)
    {
        if (stream.Length > 0)
        {
            stream.SetLength(0);
        }
    }

    /// <summary>Gives a file its name while it is held, so that nobody begins to write it in between.</summary>
    private static void Rename(FileStream stream, string partial, string path)
    {
        CloseOnWindows(stream);
        BusyFile.Wait(() => File.Move(partial, path, overwrite: true));
    }

    private static void CloseOnWindows(FileStream stream)
    {
        // It renames and deletes nothing that is open.
        if (OperatingSystem.IsWindows())
        {
            stream.Dispose();
        }
    }
}
