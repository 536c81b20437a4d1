namespace TinySora.Engine.Files;

/// <summary>
/// Files that one process at a time holds. The lock belongs to the open file and not to its existence, so it ends with the process however
/// that dies.
/// </summary>
internal static class FileLock
{
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens a file, which need not exist, so that nobody else can; null: another has it.</summary>
    /// <exception cref="IOException">It cannot be opened for another reason.</exception>
    public static FileStream? TryTake(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            Moment.Pass();
            try
            {
                RegularFile.RefuseLink(path);
                return Moment.Holding(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (BusyFile.IsHeld(e))
            {
                // It may be somebody who only looks: they are gone in a moment.
                if (attempt == Attempts)
                {
                    return null;
                }

                Moment.Wait(Pause);
            }
        }
    }

    /// <summary>Whether this or another process has a file locked.</summary>
    public static bool IsTaken(string path)
    {
        Moment.Pass();
        try
        {
            // A shared lock: it fails where somebody holds their own, and any number of lookers go together.
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
