using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Shell;

/// <summary>What one script wrote.</summary>
public sealed record ShellRun
{
    /// <summary>The objects as PowerShell hands them on.</summary>
    public required IReadOnlyList<PSObject?> Wrapped { get; init; }

    /// <summary>The objects, as the last cmdlet wrote them.</summary>
    public IReadOnlyList<object?> Objects => [.. Wrapped.Select(Plain)];

    /// <summary>Errors that were shown, the terminating one included.</summary>
    public required IReadOnlyList<ErrorRecord> Errors { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<string> Verbose { get; init; }

    public required IReadOnlyList<InformationRecord> Information { get; init; }

    public required IReadOnlyList<ProgressRecord> Progress { get; init; }

    /// <summary>What the user would see: formatted objects, What if, what was said.</summary>
    public required string Output { get; init; }

    /// <summary>All errors, with what a failed test is to tell of them.</summary>
    public required string ErrorOutput { get; init; }

    /// <summary>Whether it was stopped, as by Ctrl-C.</summary>
    public required bool Stopped { get; init; }

    /// <summary>Whether it ran to its end without an error.</summary>
    public bool Succeeded => !Stopped && Errors.Count == 0;

    /// <summary>One property of every object.</summary>
    public IReadOnlyList<object?> Values(string property) =>
        [.. Wrapped.Select(o => Plain(o?.Properties[property]?.Value))];

    /// <summary>An object without what PowerShell wraps around it; one that PowerShell made of properties as it is, and a state of a run by its name.</summary>
    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? Plain(wrapped.BaseObject)
        : value?.GetType().Name == "RunState" ? value.ToString() : value;
}
