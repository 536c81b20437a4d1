using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary>
/// The formats in which the steps of a run are logged for other programs, a line for each. One that cannot be written ends no run;
/// <see cref="MetricsFile"/>, which the run itself goes by, is apart.
/// </summary>
internal static class StepSinks
{
    private static readonly IReadOnlyList<(string Files, Func<TrainerConfig, bool> IsWanted, Func<string, IStepSink> Open)> All =
    [
        (TensorBoardSink.Files, config => config.Tensorboard, folder => new TensorBoardSink(folder)),
    ];

    /// <summary>The names of their files in a results folder, * for anything.</summary>
    public static IEnumerable<string> Files => All.Select(format => format.Files);

    /// <summary>Opens the formats that a configuration asks for.</summary>
    /// <param name="folder">The results folder.</param>
    public static IEnumerable<IStepSink> Open(TrainerConfig config, string folder) =>
        All.Where(format => config.Track && format.IsWanted(config)).Select(format => format.Open(folder));
}

/// <summary>A format in which the steps of a run are logged. Each has a file here, and a line in <see cref="StepSinks"/>.</summary>
public interface IStepSink
{
    /// <summary>Adds steps that count, in order.</summary>
    void Write(IReadOnlyList<TrainingStep> steps);

    /// <summary>
    /// Drops, or declares void, what was written of later steps, by an earlier session, too: the run goes on from this one. Called when a run
    /// begins and when it goes back to a checkpoint.
    /// </summary>
    /// <param name="step">Steps completed.</param>
    void GoBack(int step);

    /// <summary>Lets others see what was written; called about once a second.</summary>
    void Flush()
    {
    }

    /// <summary>Called when the run has ended.</summary>
    void Close()
    {
    }
}
