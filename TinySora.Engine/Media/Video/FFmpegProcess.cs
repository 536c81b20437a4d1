using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Media.Video;

/// <summary>Runs ffmpeg or ffprobe without a shell; kills the process on cancellation or if its reader fails.</summary>
internal static partial class FFmpegProcess
{
    private const int KeptErrorLines = 20;

    /// <param name="path">The file being processed, for messages.</param>
    /// <param name="feed">Writes to the program's standard input.</param>
    /// <param name="read">Reads the program's standard output to its end.</param>
    /// <returns>The last lines of the error output of a program that succeeded; <c>null</c> if there are none.</returns>
    /// <exception cref="TinySoraException">The program failed; the message contains the last line of its error output.</exception>
    public static string? Run(
        string program, string path, IEnumerable<string> arguments,
        Action<Stream>? feed = null, Action<Stream>? read = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = feed != null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        cancellationToken.ThrowIfCancellationRequested();
        using var process = Start(start);
        using var killing = cancellationToken.Register(() => Kill(process));
        try
        {
            var complaint = Task.Run(() => LastComplaint(process.StandardError), CancellationToken.None);
            var feeding = feed == null ? Task.CompletedTask : Task.Run(() => Feed(process, feed), CancellationToken.None);
            (read ?? (output => output.CopyTo(Stream.Null)))(process.StandardOutput.BaseStream);
            feeding.GetAwaiter().GetResult();
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            if (process.ExitCode != 0)
            {
                // A program that receives input writes a file with this name; any other program reads the file.
                var reason = complaint.Result ?? "the program reported no reason";
                reason = feed == null ? FileSignature.ExplainRefusal(path, reason) : reason;
                throw MediaErrors.FFmpegFailed(path, Path.GetFileNameWithoutExtension(program), reason);
            }

            return complaint.Result;
        }
        finally
        {
            Kill(process);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return ProgramPath.Start(start);
        }
        catch (Win32Exception)
        {
            throw MediaErrors.FFmpegMissing(start.FileName);
        }
    }

    private static void Feed(Process process, Action<Stream> feed)
    {
        try
        {
            using var input = process.StandardInput.BaseStream;
            feed(input);
        }
        catch (IOException)
        {
            // The program ended before it read all input; its exit code and last line explain why.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // Ignore the failure: the process has ended by itself in the meantime.
        }
    }

    /// <summary>Returns the last relevant line of the error output, without the addresses of ffmpeg's objects in memory.</summary>
    private static string? LastComplaint(StreamReader errors)
    {
        var lines = new Queue<string>();
        while (errors.ReadLine() is string line)
        {
            line = ObjectPrefix().Replace(line, "").Trim();
            if (line.Length == 0 || Empty().IsMatch(line))
            {
                continue;
            }

            lines.Enqueue(line);
            if (lines.Count > KeptErrorLines)
            {
                lines.Dequeue();
            }
        }
        return lines.Count == 0 ? null : string.Join("; ", lines.TakeLast(2).Distinct());
    }

    [GeneratedRegex(@"^(\[[^\]]* @ [^\]]*\] ?)+")]
    private static partial Regex ObjectPrefix();

    [GeneratedRegex("^(Conversion failed!|Error opening (input|output) files?|Last message repeated|Referenced QT chapter track|unable to decode APP fields)")]
    private static partial Regex Empty();
}
