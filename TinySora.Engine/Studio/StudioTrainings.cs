namespace TinySora.Engine.Studio;

/// <summary>How the studio queues trainings.</summary>
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
