using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

public sealed record StudioOptions
{
    /// <summary>Port on the loopback address; 0 for any free port.</summary>
    public int Port { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>Initial prompt; <c>null</c> for none.</summary>
    public string? Prompt { get; init; }

    /// <summary>Folder for saved videos, which is created with the first one.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Folders of runs, or folders that directly contain runs; they may not exist yet.</summary>
    public IReadOnlyList<string> RunFolders { get; init; } = [];

    /// <summary>Formats the shell command that generates the video of a request.</summary>
    public required Func<GenerationRequest, string> Command { get; init; }

    /// <summary>Options for queueing trainings; <c>null</c> if the page does not offer it.</summary>
    public StudioTrainings? Trainings { get; init; }
}

/// <param name="Folder">Folder that the studio was started in; trainings read and write only in this folder.</param>
/// <param name="Queue">Adds a training to the queue of this machine.</param>
/// <param name="Command">Formats the shell command that queues a training.</param>
public sealed record StudioTrainings(string Folder, Action<TrainingOrder> Queue, Func<TrainingOrder, string> Command);

/// <summary>A training to add to the queue, with full paths.</summary>
/// <param name="Folder">Folder that relative paths in the configuration refer to.</param>
/// <param name="Config">Name of a preset, or path of a configuration file.</param>
/// <param name="ResultsPath">Folder of the run.</param>
/// <param name="Budget">Time budget such as 3min; <c>null</c> for the number of steps in the configuration.</param>
public sealed record TrainingOrder(string Folder, string Config, string DataPath, string ResultsPath, string? Budget);
