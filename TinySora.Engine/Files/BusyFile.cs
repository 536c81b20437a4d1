using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Accesses files that several processes may use simultaneously. Windows cannot write, replace or delete a file that another program, such as a virus scanner
/// or a reader of a run's status, has open. The readers in this class therefore allow all sharing that the system supports, and writers retry for a moment.
/// </summary>
internal static class BusyFile
{
    private const int Attempts = 50;

    /// <summary>Maximum size of a file in bytes and of a line in characters, many times larger than in any file that TinySora writes.</summary>
    private const int MaxTextBytes = 1 << 24, MaxLineLength = 1 << 20;

    private const int BufferLength = 1 << 14;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Windows error codes for a file that another program has open: in use, locked, access denied, or memory-mapped.</summary>
    private static readonly int[] Busy = [unchecked((int)0x80070020), unchecked((int)0x80070021), unchecked((int)0x80070005), unchecked((int)0x800704C8)];

    /// <summary>Runs an action, retrying while another program has the file open. After one second, throws the action's error.</summary>
    public static void Retry(Action action) => Retry(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Retry(Action)"/>
    public static T Retry<T>(Func<T> action)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return action();
            }
            catch (Exception e) when (attempt < Attempts && IsBusy(e))
            {
                ProcessScheduler.Wait(Pause);
            }
        }
    }

    /// <summary>
    /// Opens a regular file for reading, retrying while another process holds it. A writer holds its file for a moment after renaming it
    /// (<see cref="PendingFile"/>).
    /// </summary>
    /// <inheritdoc cref="RegularFile.Open"/>
    public static FileStream Open(string path, bool followsLink = false) => Retry(() => RegularFile.Open(path, followsLink));

    /// <summary>Returns whether a file could not be opened because another process holds it (EAGAIN: 11 on Linux, 35 on macOS).</summary>
    public static bool IsHeld(Exception e) => e is IOException
        && e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    /// <summary>Deletes a file if possible. The file remains if another program has it open or permissions are missing.</summary>
    public static void TryDelete(string path)
    {
        ProcessScheduler.Yield();
        OnFailure.Ignore(() => File.Delete(path)); // the caller does not depend on the deletion
    }

    /// <summary>Reads the text of a regular file. Its writer may append to, replace or delete the file in the meantime.</summary>
    public static string ReadText(string path)
    {
        ProcessScheduler.Yield();
        return RegularFile.ReadAllText(path, MaxTextBytes);
    }

    /// <summary>Reads a JSON file that another process may be writing; <c>null</c> if it is missing or its content is not of the type.</summary>
    public static T? ReadJson<T>(string path, JsonSerializerOptions options)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(ReadText(path), options);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads the lines of a file that another process may be writing.</summary>
    /// <exception cref="IOException">A line exceeds the maximum length, or <see cref="RegularFile.Open"/> fails.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        ProcessScheduler.Yield();
        using var reader = new StreamReader(RegularFile.Open(path), Encoding.UTF8);
        var line = new StringBuilder();
        var buffer = new char[BufferLength];
        while (reader.Read(buffer) is > 0 and var read)
        {
            for (var start = 0; start < read;)
            {
                var length = buffer.AsSpan(start, read - start).IndexOf('\n');
                line.Append(buffer, start, length < 0 ? read - start : length);
                if (line.Length > MaxLineLength)
                {
                    throw new IOException($"'{path}' has a line of more than {MaxLineLength} characters.");
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
