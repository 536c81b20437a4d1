namespace TinySora.Engine.Files;

/// <summary>
/// Files that one process at a time holds open. The lock belongs to the open file and not to its existence, so it ends with the process, even
/// if that is killed.
/// </summary>
internal static class FileLock
{
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens a file exclusively, creating it if needed; <c>null</c> if another process holds it.</summary>
    /// <exception cref="IOException">The file cannot be opened for another reason.</exception>
    public static FileStream? TryTake(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            ProcessScheduler.Yield();
            try
            {
                RegularFile.RefuseLink(path);
                return ProcessScheduler.TrackLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (BusyFile.IsHeld(e))
            {
                // It may be held by a process that only checks for a lock, which takes a moment.
                if (attempt == Attempts)
                {
                    return null;
                }

                ProcessScheduler.Wait(Pause);
            }
        }
    }

    /// <summary>Whether this or another process has a file locked.</summary>
    public static bool IsTaken(string path)
    {
        ProcessScheduler.Yield();
        try
        {
            // A shared lock fails if a process holds the exclusive one, and does not conflict with other shared locks.
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
