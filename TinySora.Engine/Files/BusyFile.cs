using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Files that two processes use at once. Windows writes, replaces and deletes no file while another program has it open, be that
/// a look at a run's status or a virus scanner: readers here keep nobody from anything that the system lets them share, and
/// writers wait a moment.
/// </summary>
internal static class BusyFile
{
    private const int Attempts = 50;

    /// <summary>Many times the longest that a file of ours has.</summary>
    private const int MostTextBytes = 1 << 24, MostLineLength = 1 << 20;

    private const int BufferLength = 1 << 14;

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

    /// <summary>
    /// Opens a regular file for reading as soon as no other process holds it: a writer holds its file for a moment after it has its name
    /// (<see cref="PendingFile"/>).
    /// </summary>
    /// <inheritdoc cref="RegularFile.Open"/>
    public static FileStream Open(string path, bool followsLink = false) => Wait(() => RegularFile.Open(path, followsLink));

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

    /// <summary>The text of a regular file that its writer may append to, replace or delete meanwhile.</summary>
    public static string ReadText(string path)
    {
        Moment.Pass();
        return RegularFile.ReadAllText(path, MostTextBytes);
    }

    /// <summary>The lines of a file that another process may be writing.</summary>
    /// <exception cref="IOException">A line is too long for a file of ours; also what <see cref="RegularFile.Open"/> throws.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        Moment.Pass();
        using var reader = new StreamReader(RegularFile.Open(path), Encoding.UTF8);
        var line = new StringBuilder();
        var buffer = new char[BufferLength];
        while (reader.Read(buffer) is > 0 and var read)
        {
            for (var start = 0; start < read;)
            {
                var length = buffer.AsSpan(start, read - start).IndexOf('\n');
                line.Append(buffer, start, length < 0 ? read - start : length);
                if (line.Length > MostLineLength)
                {
                    throw new IOException($"'{path}' has a line of more than {MostLineLength} characters.");
                }

                if (length < 0)
                {
                    break;
                }

                yield return line.ToString().TrimEnd('\r');
                line.Clear();
                start += length + 1;
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    private static bool IsBusy(Exception e) => IsHeld(e)
        || (OperatingSystem.IsWindows() && Busy.Contains(e.HResult) && FileFailure.Is(e));
}
