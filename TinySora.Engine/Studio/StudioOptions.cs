using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

public sealed record StudioOptions
{
    /// <summary>The port on the loopback address; 0: any that is free.</summary>
    public int Port { get; init; }

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

/// <param name="Folder">Folder that the studio was started for: trainings read and write below it alone.</param>
/// <param name="Queue">Puts a training into the queue of this machine.</param>
/// <param name="Command">Writes the line of a shell that does the same.</param>
public sealed record StudioTrainings(string Folder, Action<TrainingOrder> Queue, Func<TrainingOrder, string> Command);

/// <summary>A training to queue, with full paths.</summary>
/// <param name="Folder">Location that the paths of the configuration start from.</param>
/// <param name="Config">Name of a preset, or path of a configuration file.</param>
/// <param name="ResultsPath">Folder of the run.</param>
/// <param name="Budget">Time such as 3min; `null` for the configuration's number of steps.</param>
public sealed record TrainingOrder(string Folder, string Config, string DataPath, string ResultsPath, string? Budget);
