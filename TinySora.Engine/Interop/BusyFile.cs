using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Interop;

/// <summary>
/// Files that two processes use at once. Windows writes, replaces and deletes no file while another program has it open, be that
/// a look at a run's status or a virus scanner: readers here keep nobody from anything that the system lets them share, and
/// writers wait a moment.
/// </summary>
internal static class BusyFile
{
    private const int Attempts = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What Windows calls a file that another has open: in use, locked, not to be replaced or deleted, mapped.</summary>
    private static readonly int[] Busy = [unchecked((int)0x80070020), unchecked((int)0x80070021), unchecked((int)0x80070005), unchecked((int)0x800704C8)];

    /// <summary>Runs an action as soon as no other program has the file open; after a second its error is thrown.</summary>
    public static void Wait(Action action) => Wait(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Wait(Action)"/>
    public static T Wait<T>(Func<T> action)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return action();
            }
            catch (Exception e) when (attempt < Attempts && IsBusy(e))
            {
                Moment.Wait(Pause);
            }
        }
    }

    /// <summary>Whether a file could not be opened because another process holds it: EAGAIN, which is 11 on Linux and 35 on macOS.</summary>
    public static bool IsHeld(Exception e) => e is IOException
        && e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    /// <summary>Deletes a file that may stay if it must: somebody has it open, or it may not be deleted.</summary>
    public static void TryDelete(string path)
    {
        Moment.Pass();
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            // Whoever calls can do without.
        }
    }

    /// <summary>The text of a file that its writer may append to, replace or delete meanwhile.</summary>
    public static string ReadText(string path)
    {
        using var reader = Open(path);
        return reader.ReadToEnd();
    }

    /// <summary>The lines of a file that another process may be writing.</summary>
    public static IEnumerable<string> ReadLines(string path)
    {
        using var reader = Open(path);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static bool IsBusy(Exception e) => IsHeld(e)
        || (OperatingSystem.IsWindows() && Busy.Contains(e.HResult) && FileFailure.Is(e));

    private static StreamReader Open(string path)
    {
        Moment.Pass();
        return new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);
    }
}
