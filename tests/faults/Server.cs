using System.Text.RegularExpressions;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>An error that a line of PowerShell wrote.</summary>
/// <param name="Id">TinySora.Area.Reason, or what PowerShell calls it.</param>
/// <param name="Details">The exception, with its trace.</param>
internal sealed partial record WrittenError(string Id, string Category, string Message, string Target, string Details)
{
    private static readonly string[] SystemErrors = ["IO.IOException", "UnauthorizedAccessException"];

    /// <summary>Why a user can do nothing with it; <c>null</c> if they can.</summary>
    public string? Problem => !IsOurs && !IsOfTheSystem ? $"{Id}: {Message} {Details}" : Trace().IsMatch(Message) ? $"a trace in a message: {Message}" : null;

    private bool IsOurs => Id.StartsWith("TinySora.", StringComparison.Ordinal) && !Id.Contains("Internal", StringComparison.Ordinal);

    /// <summary>PowerShell's own commands tell of a file in the system's words.</summary>
    private bool IsOfTheSystem => Message.Contains('/', StringComparison.Ordinal)
        && SystemErrors.Any(name => Details.StartsWith($"System.{name}: ", StringComparison.Ordinal));

    [GeneratedRegex(@"\bat [A-Z]\w+\.\w+.*\(")]
    private static partial Regex Trace();
}

/// <summary>How a line of PowerShell ended.</summary>
/// <param name="End">Null: as lines end; else how its process did.</param>
internal sealed record Outcome(IReadOnlyList<WrittenError> Errors, IReadOnlyList<string> Warnings, string? End = null)
{
    public bool Succeeded => Errors.Count == 0 && End is null;

    /// <summary>What is wrong with how a disturbed command ended; <c>null</c> if it went on, or told clearly why not.</summary>
    public string? Problem => End ?? Errors.Select(error => error.Problem).FirstOrDefault(problem => problem is not null);

    /// <summary>Whether a warning names a file.</summary>
    public bool WarnedOf(string file)
    {
        var name = Path.GetFileName(file).Replace(".partial", "", StringComparison.Ordinal);
        return Warnings.Any(text => text.Contains(name, StringComparison.Ordinal));
    }

    public override string ToString() => End ?? string.Join("; ", Errors.Select(error => $"{error.Id}: {error.Message}").Concat(Warnings));
}

/// <summary>PowerShell in a process that runs line after line, so that a try takes no start. It is started anew after it ended.</summary>
internal sealed class Server(PowerShellProgram program, string folder, IReadOnlyDictionary<string, string> variables) : IDisposable
{
    /// <summary>Many times what the slowest line takes where others want the cores.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private Child? child;

    /// <summary>Runs a line of PowerShell in the folder; one that stands still is ended with its process.</summary>
    public Outcome Run(string line)
    {
        child ??= program.Start(folder, variables, $"& '{Path.Combine(AppContext.BaseDirectory, "server.ps1")}'");
        try
        {
            child.Process.StandardInput.WriteLine(line);
            child.Process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended since its last line; the end of its output, and what it said, tell below.
        }

        var stoodStill = false;
        using var limit = new Timer(
            _ =>
            {
                stoodStill = true;
                child.Process.Kill(entireProcessTree: true);
            },
            null, Longest, Timeout.InfiniteTimeSpan);
        List<WrittenError> errors = [];
        List<string> warnings = [];
        while (child.Process.StandardOutput.ReadLine() is string told)
        {
            if (told == "done")
            {
                return new Outcome(errors, warnings);
            }

            if (told.StartsWith("warning ", StringComparison.Ordinal))
            {
                warnings.Add(told["warning ".Length..]);
            }
            else if (told.StartsWith("error ", StringComparison.Ordinal) && told["error ".Length..].Split('\t') is { Length: 5 } parts)
            {
                errors.Add(new WrittenError(parts[0].Split(',')[0], parts[1], parts[2], parts[3], parts[4]));
            }
        }

        child.Process.WaitForExit();
        var end = stoodStill ? $"stood still for {Longest.TotalSeconds:0} s" : $"ended with code {child.Process.ExitCode}: {child.Error}";
        child.Dispose();
        child = null;
        return new Outcome(errors, warnings, end);
    }

    public void Dispose()
    {
        child?.Finish(TimeSpan.FromSeconds(10));
        child?.Dispose();
    }
}
