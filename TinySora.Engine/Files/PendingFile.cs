using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// A file that is written under a temporary name next to its final path. The name is <c>path.partial</c>, or <c>path.1.partial</c>, <c>path.2.partial</c>
/// and so on if other writers to the same path hold the previous names. No process holds a file that a killed process has left behind, so the next writer
/// reuses its name.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private const int MaxWriters = 1000;
    private const int BufferBytes = 1 << 20;

    private readonly string path;
    private readonly string partial;
    private bool isComplete;

    private PendingFile(string path, string partial, FileStream stream) => (this.path, this.partial, Stream) = (path, partial, stream);

    /// <summary>Stream for the content. No other process can open the file until it is complete.</summary>
    public FileStream Stream { get; }

    /// <exception cref="IOException">The file cannot be created; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static PendingFile Create(string path)
    {
        if (SafeFileName.IsDevice(Path.GetFileName(path)))
        {
            throw new IOException($"'{Path.GetFileName(path)}' is a device.");
        }

        for (var writer = 0; ; writer++)
        {
            var partial = path + (writer == 0 ? "" : $".{writer}") + AtomicFile.PartialSuffix;
            try
            {
                return new PendingFile(path, partial, Open(partial));
            }
            catch (IOException e) when (BusyFile.IsHeld(e) && writer < MaxWriters)
            {
                // Another writer to this path holds this name, so try the next one.
            }
        }
    }

    /// <summary>Renames the file to its final path.</summary>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <param name="toDisk">Whether to flush the content to disk first, so that a power cut leaves no corrupt file under the final name.</param>
    /// <exception cref="IOException">The file cannot be written; also <see cref="UnauthorizedAccessException"/>.</exception>
    /// <exception cref="TinySoraException">NameTaken.</exception>
    public void Complete(bool overwrite = true, bool toDisk = true)
    {
        Finish(toDisk);
        if (overwrite)
        {
            BusyFile.Retry(() => File.Move(partial, path, overwrite: true));
        }
        else if (!ExclusiveRename.TryMove(partial, path))
        {
            throw RuntimeErrors.NameTaken(path);
        }

        isComplete = true;
        Note(toDisk);
    }

    /// <summary>Renames the file to its final path unless that path is taken, even by a file that has only just appeared.</summary>
    /// <returns>Whether the file was renamed.</returns>
    /// <exception cref="IOException">The file cannot be written; also <see cref="UnauthorizedAccessException"/>.</exception>
    public bool TryCompleteNew()
    {
        Finish(toDisk: true);
        isComplete = ExclusiveRename.TryMove(partial, path);
        Note(isComplete);
        return isComplete;
    }

    /// <summary>Closes the file and deletes it if it is not complete.</summary>
    public void Dispose()
    {
        // Delete before closing, because the name may belong to another writer afterwards.
        if (!isComplete && !OperatingSystem.IsWindows())
        {
            BusyFile.TryDelete(partial);
        }

        try
        {
            Stream.Dispose();
        }
        catch (IOException) when (!isComplete)
        {
            // Ignore the failure: the rest of the buffer does not fit on the disk either.
        }

        if (!isComplete && OperatingSystem.IsWindows())
        {
            BusyFile.TryDelete(partial);
        }
    }

    /// <summary>Opens a file for exclusive writing and truncates it.</summary>
    private static FileStream Open(string partial)
    {
        while (true)
        {
            AtomicFile.RemoveLink(partial);
            ProcessScheduler.Yield();
            // Windows renames an open file only if it was opened with FileShare.Delete, which on Unix would share it with other writers.
            var share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
            var stream = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, BufferBytes);
            if (OnFailure.Dispose(stream, () => IsNamed(stream, partial)))
            {
                return OnFailure.Dispose(stream, () => Empty(stream));
            }

            // Another writer completed the file between opening and locking, so this is now the finished file.
            stream.Dispose();
        }
    }

    /// <summary>Returns whether an open file still has the name that it was opened with.</summary>
    private static bool IsNamed(FileStream stream, string name) => OperatingSystem.IsLinux()
        && new FileInfo($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}").LinkTarget is string now
            ? Path.GetFileName(now) == Path.GetFileName(name)
            : File.Exists(name);

    private static FileStream Empty(FileStream stream)
    {
        if (stream.Length > 0)
        {
            stream.SetLength(0);
        }

        return stream;
    }

    private void Note(bool toDisk)
    {
        if (toDisk && !DiskFlush.IsDeferred)
        {
            DiskFlush.NoteName(path);
        }
    }

    private void Finish(bool toDisk)
    {
        Stream.Flush(toDisk && !DiskFlush.IsDeferred);
        ProcessScheduler.Yield();
    }
}
