using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

/// <summary>Where the studio is found, and what it reads and writes.</summary>
public sealed record StudioOptions
{
    /// <summary>The port on the loopback address; 0: any that is free.</summary>
    public int Port { get; init; }

    /// <summary>The checkpoint, as the page names it.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>What the prompt line begins with; null: nothing.</summary>
    public string? Prompt { get; init; }

    /// <summary>The folder of saved videos; created with the first.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Folders of runs, or with runs directly below them; they may not be there yet.</summary>
    public IReadOnlyList<string> RunFolders { get; init; } = [];

    /// <summary>Writes the line of a shell that makes the same video.</summary>
    public required Func<GenerationRequest, string> Command { get; init; }

    /// <summary>How trainings are queued; `null` if the page offers none.</summary>
    public StudioTrainings? Trainings { get; init; }
}
