using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media.Terminal;

/// <summary>Queries once per process whether the terminal supports sixels. A terminal that does not respond within a second counts as unsupported.</summary>
public static partial class TerminalQuery
{
    private const string Device = "/dev/tty";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private static readonly Lazy<bool> Answered = new(() => DeviceAttributes.IncludesSixel(Ask()));

    /// <summary>Whether the terminal at standard output reports support for sixels.</summary>
    public static bool SupportsSixel => Answered.Value;

    private static string Ask()
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            return "";
        }

        try
        {
            return OperatingSystem.IsWindows() ? AskConsole() : IsForeground() ? AskDevice() : "";
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }

    private static string AskConsole()
    {
        if (Console.KeyAvailable)
        {
            return ""; // Text that was typed ahead would be lost.
        }

        Console.Out.Write(DeviceAttributes.Query);
        var (read, clock) = (new StringBuilder(), Stopwatch.StartNew());
        while (clock.Elapsed < Limit && !DeviceAttributes.IsWhole(read.ToString()))
        {
            if (Console.KeyAvailable)
            {
                read.Append(Console.ReadKey(intercept: true).KeyChar);
            }
            else
            {
                Thread.Sleep(1);
            }
        }

        return read.ToString();
    }

    /// <summary>
    /// Queries the terminal's device attributes. During the query, the terminal delivers bytes instead of lines and does not echo them, and reads time out.
    /// </summary>
    private static string AskDevice()
    {
        if (Settings("-g") is not string before)
        {
            return "";
        }

        try
        {
            Settings("-icanon", "-echo", "min", "0", "time", $"{Limit.TotalSeconds * 10:0}");
            Console.Out.Write(DeviceAttributes.Query);
            Console.Out.Flush();
            using var device = new FileStream(Device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var (read, buffer) = (new StringBuilder(), new byte[64]);
            while (!DeviceAttributes.IsWhole(read.ToString()) && device.Read(buffer) is > 0 and var count)
            {
                read.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }

            return read.ToString();
        }
        finally
        {
            Settings(before);
        }
    }

    /// <summary>
    /// Runs stty(1), which supports the terminal of each system. All three of its streams are redirected, because .NET would otherwise change the
    /// settings.
    /// </summary>
    /// <returns>The output; <c>null</c> if it fails or is not installed.</returns>
    private static string? Settings(params string[] arguments)
    {
        if (ProgramPath.Find("stty") is not string stty)
        {
            return null;
        }

        ProcessStartInfo start = new(stty, [OperatingSystem.IsLinux() ? "-F" : "-f", Device, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = ProgramPath.Start(start);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : null;
    }

    /// <summary>Returns whether this process may read terminal input; the system suspends background processes that try to.</summary>
    private static bool IsForeground() => ForegroundGroup(0) == OwnGroup();

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int ForegroundGroup(int terminal);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int OwnGroup();
}

/// <summary>A terminal's response to the query for primary device attributes (DA1 of DEC terminals).</summary>
public static partial class DeviceAttributes
{
    /// <summary>Text of the query. The terminal sends its response as if it had been typed.</summary>
    public const string Query = "\u001b[c";

    /// <summary>Attribute of terminals that support sixels.</summary>
    private const string Sixels = "4";

    /// <summary>Returns whether the text read so far contains a complete response.</summary>
    public static bool IsWhole(string read) => Answer().IsMatch(read);

    /// <summary>Returns whether the response lists sixels; false for an incomplete or missing response.</summary>
    public static bool IncludesSixel(string read) =>
        Answer().Match(read) is { Success: true } match && match.Groups[1].Value.Split(';').Skip(1).Contains(Sixels);

    [GeneratedRegex("\u001b\\[\\?([0-9;]*)c")]
    private static partial Regex Answer();
}
