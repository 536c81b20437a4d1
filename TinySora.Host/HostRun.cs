using System.Management.Automation;

namespace TinySora.Host;

/// <summary>What one pipeline wrote.</summary>
public sealed record HostRun
{
    /// <summary>The objects, as the last cmdlet wrote them.</summary>
    public required IReadOnlyList<object?> Objects { get; init; }

    /// <summary>Errors that were shown, the terminating one included.</summary>
    public required IReadOnlyList<ErrorRecord> Errors { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<string> Verbose { get; init; }

    public required IReadOnlyList<string> Debug { get; init; }

    public required IReadOnlyList<InformationRecord> Information { get; init; }

    public required IReadOnlyList<ProgressRecord> Progress { get; init; }

    /// <summary>What the user would see on standard output: formatted objects, What if.</summary>
    public required string Output { get; init; }

    /// <summary>What the user would see on standard error.</summary>
    public required string ErrorOutput { get; init; }

    /// <summary>See <see cref="Host.ExitCode"/>.</summary>
    public required int ExitCode { get; init; }

    /// <summary>One property of every object.</summary>
    public IReadOnlyList<object?> Values(string property) =>
        [.. Objects.Select(o => o is null ? null : PSObject.AsPSObject(o).Properties[property]?.Value)];
}
