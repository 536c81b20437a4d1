using System.Diagnostics;

namespace TinySora.Engine.Training;

/// <summary>When a call of training ends. Its clock starts when it is created.</summary>
/// <param name="lastStep">Steps completed when the run is.</param>
public sealed class TrainingLimits(int lastStep)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <summary>Steps completed when the run is.</summary>
    public int LastStep => lastStep;

    /// <summary>Time that this call may take; <c>null</c> if it is not limited.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Time given to the whole run, which its learning rate follows; <c>null</c> if steps are counted.</summary>
    public GivenTime? Time { get; init; }

    /// <summary>The smoothed loss at which the run ends; <c>null</c> if it does not depend on the loss.</summary>
    public double? UntilLoss { get; init; }

    /// <summary>Time left of <see cref="Budget"/>; negative if it was exceeded.</summary>
    internal TimeSpan? Left => Budget - clock.Elapsed;

    /// <summary>Share of the run that is done after a step, from 0 to 1: of its steps, or of its time if that ends it sooner.</summary>
    internal double ShareAt(int step) => Math.Max(Time is null ? (double)step / lastStep : Time.Spent / Time.Total, clock.Elapsed / Budget ?? 0);
}
