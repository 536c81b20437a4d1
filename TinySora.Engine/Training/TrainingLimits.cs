using System.Diagnostics;

namespace TinySora.Engine.Training;

/// <summary>Limits of one call that starts or resumes training. Creating an instance starts the clock for the time limit.</summary>
/// <param name="lastStep">Number of steps in the complete run.</param>
public sealed class TrainingLimits(int lastStep)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <summary>Number of steps in the complete run.</summary>
    public int LastStep => lastStep;

    /// <summary>Time limit, counted from the start or resumption of the run; <c>null</c> if there is none.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Time budget of the whole run, which its learning rate follows; <c>null</c> if the run is limited by a number of steps.</summary>
    public TrainingTime? Time { get; init; }

    /// <summary>Smoothed loss at which the run ends; <c>null</c> if it does not depend on the loss.</summary>
    public double? UntilLoss { get; init; }

    /// <summary>Remaining time of <see cref="Budget"/>; negative if exceeded.</summary>
    internal TimeSpan? Left => Budget - clock.Elapsed;

    /// <summary>Returns the completed fraction of the run after a step, from 0 to 1: of the steps or of the time budget, whichever is larger.</summary>
    internal double ShareAt(int step) => Math.Max(Time is null ? (double)step / lastStep : Time.Spent / Time.Total, clock.Elapsed / Budget ?? 0);
}
