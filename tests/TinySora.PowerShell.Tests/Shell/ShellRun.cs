using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Shell;

/// <summary>The output of one script.</summary>
public sealed record ShellRun
{
    /// <summary>The objects as PowerShell passes them on.</summary>
    public required IReadOnlyList<PSObject?> Wrapped { get; init; }

    /// <summary>The objects as the last cmdlet wrote them.</summary>
    public IReadOnlyList<object?> Objects => [.. Wrapped.Select(Plain)];

    /// <summary>Displayed errors, including the terminating one.</summary>
    public required IReadOnlyList<ErrorRecord> Errors { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<string> Verbose { get; init; }

    public required IReadOnlyList<InformationRecord> Information { get; init; }

    public required IReadOnlyList<ProgressRecord> Progress { get; init; }

    /// <summary>The displayed text: formatted objects, What if, and messages.</summary>
    public required string Output { get; init; }

    /// <summary>All errors, with details for a failed test's report.</summary>
    public required string ErrorOutput { get; init; }

    /// <summary>Whether it was stopped, as by Ctrl-C.</summary>
    public required bool Stopped { get; init; }

    /// <summary>Whether it ran to its end without an error.</summary>
    public bool Succeeded => !Stopped && Errors.Count == 0;

    /// <summary>Returns one property of every object.</summary>
    public IReadOnlyList<object?> Values(string property) =>
        [.. Wrapped.Select(o => Plain(o?.Properties[property]?.Value))];

    /// <summary>Unwraps an object from PowerShell's PSObject; custom objects stay as they are, and a run's state becomes its name.</summary>
    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? Plain(wrapped.BaseObject)
        : value?.GetType().Name == "RunState" ? value.ToString() : value;
}
