namespace TinySora.Engine.Files;

/// <summary>
/// Locks that only one process at a time can hold, implemented by keeping a file open. The lock depends on the open handle, not on the file's existence, so
/// it ends with the process, even if the process is killed.
/// </summary>
internal static class FileLock
{
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens a file exclusively, creating it if necessary; returns <c>null</c> if another process holds it.</summary>
    /// <param name="isTemporary">Whether to delete the file when the lock is released.</param>
    /// <exception cref="IOException">The file cannot be opened for another reason.</exception>
    public static FileStream? TryTake(string path, bool isTemporary = false)
    {
        for (var attempt = 1; ; attempt++)
        {
            ProcessScheduler.Yield();
            try
            {
                RegularFile.RefuseLink(path);
                return ProcessScheduler.TrackLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0,
                    isTemporary ? FileOptions.DeleteOnClose : FileOptions.None));
            }
            catch (IOException e) when (BusyFile.IsHeld(e))
            {
                // Retry, because a process that only checks for the lock may hold the file for a moment.
                if (attempt == Attempts)
                {
                    return null;
                }

                ProcessScheduler.Wait(Pause);
            }
        }
    }

    /// <summary>Deletes a locked file and releases the lock.</summary>
    public static void Remove(FileStream held)
    {
        // If the system allows it, delete the file while holding it, so that no other process locks a file that is being deleted.
        if (OperatingSystem.IsWindows())
        {
            held.Dispose();
        }

        BusyFile.TryDelete(held.Name);
        held.Dispose();
    }

    /// <summary>Returns whether this process or another one has locked a file.</summary>
    public static bool IsTaken(string path)
    {
        ProcessScheduler.Yield();
        try
        {
            // A shared lock fails if a process holds the exclusive lock, but does not conflict with other shared locks.
            RegularFile.Open(path).Dispose();
            return false;
        }
        catch (IOException e)
        {
            return BusyFile.IsHeld(e);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
