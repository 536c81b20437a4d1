using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary>
/// List of the log formats for other programs. A log that cannot be written does not end the run. <see cref="MetricsFile"/> is not in the list, because the
/// run itself depends on it.
/// </summary>
internal static class StepSinks
{
    private static readonly IReadOnlyList<(string Files, Func<TrainerConfig, bool> IsWanted, Func<string, IStepSink> Open)> All =
    [
        (TensorBoardSink.Files, config => config.Tensorboard, folder => new TensorBoardSink(folder)),
    ];

    /// <summary>File names of all formats in a results folder, with * as a wildcard.</summary>
    public static IEnumerable<string> Files => All.Select(format => format.Files);

    /// <summary>Opens a log in each format that a configuration enables.</summary>
    /// <param name="folder">Results folder.</param>
    public static IEnumerable<IStepSink> Open(TrainerConfig config, string folder) =>
        All.Where(format => config.Track && format.IsWanted(config)).Select(format => format.Open(folder));
}

/// <summary>A log format for the steps of a run. Each format has a source file in this folder, and a line in <see cref="StepSinks"/>.</summary>
public interface IStepSink
{
    /// <summary>Adds completed steps in order; skipped steps are not logged.</summary>
    void Write(IReadOnlyList<TrainingStep> steps);

    /// <summary>
    /// Removes or invalidates the entries of all steps after the given step, including steps from earlier sessions. Called when a run starts or returns to a
    /// checkpoint, because it repeats these steps.
    /// </summary>
    /// <param name="step">Number of completed steps.</param>
    void RollBack(int step);

    /// <summary>Makes written steps visible to other processes; called about once per second.</summary>
    void Flush()
    {
    }

    /// <summary>Closes the log at the end of the run.</summary>
    void Close()
    {
    }
}
