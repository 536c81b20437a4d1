using System.Text.RegularExpressions;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>An error that a PowerShell command wrote.</summary>
/// <param name="Id">TinySora.Area.Reason, or PowerShell's id.</param>
/// <param name="Details">The exception with its stack trace.</param>
internal sealed partial record WrittenError(string Id, string Category, string Message, string Target, string Details)
{
    private static readonly string[] SystemErrors = ["IO.IOException", "UnauthorizedAccessException"];

    /// <summary>Reason that the error is not helpful to users; <c>null</c> if it is.</summary>
    public string? Problem => !IsOurs && !IsOfTheSystem ? $"{Id}: {Message} {Details}" : Trace().IsMatch(Message) ? $"stack trace in message: {Message}" : null;

    private bool IsOurs => Id.StartsWith("TinySora.", StringComparison.Ordinal) && !Id.Contains("Internal", StringComparison.Ordinal);

    /// <summary>Whether the error is the operating system's message about a file, from PowerShell's own commands.</summary>
    private bool IsOfTheSystem => Message.Contains('/', StringComparison.Ordinal)
        && SystemErrors.Any(name => Details.StartsWith($"System.{name}: ", StringComparison.Ordinal));

    [GeneratedRegex(@"\bat [A-Z]\w+\.\w+.*\(")]
    private static partial Regex Trace();
}

/// <summary>Outcome of a PowerShell command.</summary>
/// <param name="End">How the process ended; <c>null</c> if the command ended normally.</param>
internal sealed record Outcome(IReadOnlyList<WrittenError> Errors, IReadOnlyList<string> Warnings, string? End = null)
{
    public bool Succeeded => Errors.Count == 0 && End is null;

    /// <summary>Problem with the outcome of a disturbed command; <c>null</c> if it succeeded or reported a clear error.</summary>
    public string? Problem => End ?? Errors.Select(error => error.Problem).FirstOrDefault(problem => problem is not null);

    /// <summary>Whether a warning names a file.</summary>
    public bool WarnedOf(string file)
    {
        var name = Path.GetFileName(file).Replace(".partial", "", StringComparison.Ordinal);
        return Warnings.Any(text => text.Contains(name, StringComparison.Ordinal));
    }

    public override string ToString() => End ?? string.Join("; ", Errors.Select(error => $"{error.Id}: {error.Message}").Concat(Warnings));
}

/// <summary>A PowerShell process that runs one command after another, to save its start. It is restarted after it has ended.</summary>
internal sealed class Server(PowerShellProgram program, string folder, IReadOnlyDictionary<string, string> variables) : IDisposable
{
    /// <summary>Timeout, many times longer than the slowest command on busy cores.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private Child? child;

    /// <summary>Runs a PowerShell command in the folder. After a timeout, kills the process.</summary>
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
            // The process has ended since its last command. The end of its output is handled below.
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
        while (child.Process.StandardOutput.ReadLine() is string answer)
        {
            if (answer == "done")
            {
                return new Outcome(errors, warnings);
            }

            if (answer.StartsWith("warning ", StringComparison.Ordinal))
            {
                warnings.Add(answer["warning ".Length..]);
            }
            else if (answer.StartsWith("error ", StringComparison.Ordinal) && answer["error ".Length..].Split('\t') is { Length: 5 } parts)
            {
                errors.Add(new WrittenError(parts[0].Split(',')[0], parts[1], parts[2], parts[3], parts[4]));
            }
        }

        child.Process.WaitForExit();
        var end = stoodStill ? $"hung for {Longest.TotalSeconds:0} s" : $"ended with code {child.Process.ExitCode}: {child.Error}";
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
