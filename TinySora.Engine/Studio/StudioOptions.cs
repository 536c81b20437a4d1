using TinySora.Engine.Generation;

namespace TinySora.Engine.Studio;

public sealed record StudioOptions
{
    /// <summary>Port on the loopback address; 0 for any free port.</summary>
    public int Port { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>Initial prompt; <c>null</c> for an example.</summary>
    public string? Prompt { get; init; }

    /// <summary>Example of a prompt; <c>null</c> for one that consists of the model's most frequent words.</summary>
    public string? Example { get; init; }

    /// <summary>Folder for saved videos. It is created when the first video is saved.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Folders of runs, or folders that directly contain runs; they may not exist yet.</summary>
    public IReadOnlyList<string> RunFolders { get; init; } = [];

    /// <summary>Function that formats the shell command that generates the video of a request.</summary>
    public required Func<GenerationRequest, string> Command { get; init; }

    /// <summary>Options for adding training runs to the queue; <c>null</c> if the page does not offer this.</summary>
    public StudioTrainings? Trainings { get; init; }
}

/// <param name="Folder">Folder that the studio was started in. Training runs read and write files only in this folder.</param>
/// <param name="Queue">Action that adds a training run to the queue on this machine.</param>
/// <param name="Command">Function that formats the shell command that adds a training run to the queue.</param>
public sealed record StudioTrainings(string Folder, Action<TrainingOrder> Queue, Func<TrainingOrder, string> Command);

/// <summary>A training run to add to the queue. All paths are full paths.</summary>
/// <param name="Folder">Folder that relative paths in the configuration refer to.</param>
/// <param name="Config">Name of a preset, or path of a configuration file.</param>
/// <param name="ResultsPath">Folder of the run.</param>
/// <param name="Budget">Time budget such as 3min; <c>null</c> for the number of steps in the configuration.</param>
public sealed record TrainingOrder(string Folder, string Config, string DataPath, string ResultsPath, string? Budget);
