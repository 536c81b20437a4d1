using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary>
/// Log formats for other programs, each listed in one line here. A log that cannot be written does not end the run. <see cref="MetricsFile"/>, which the run
/// itself relies on, is separate.
/// </summary>
internal static class StepSinks
{
    private static readonly IReadOnlyList<(string Files, Func<TrainerConfig, bool> IsWanted, Func<string, IStepSink> Open)> All =
    [
        (TensorBoardSink.Files, config => config.Tensorboard, folder => new TensorBoardSink(folder)),
    ];

    /// <summary>File names of all formats in a results folder, with * as a wildcard.</summary>
    public static IEnumerable<string> Files => All.Select(format => format.Files);

    /// <summary>Opens the formats that a configuration enables.</summary>
    /// <param name="folder">Results folder.</param>
    public static IEnumerable<IStepSink> Open(TrainerConfig config, string folder) =>
        All.Where(format => config.Track && format.IsWanted(config)).Select(format => format.Open(folder));
}

/// <summary>A log format for the steps of a run. Each format has a source file in this folder, and a line in <see cref="StepSinks"/>.</summary>
public interface IStepSink
{
    /// <summary>Adds steps that count, in order.</summary>
    void Write(IReadOnlyList<TrainingStep> steps);

    /// <summary>
    /// Removes or invalidates later steps, including steps from earlier sessions, because the run continues from the given step. Called when a run starts, and
    /// when it returns to a checkpoint.
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
