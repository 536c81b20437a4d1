using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training;

/// <summary>Tracks the time budget <c>trainer.train_minutes</c> over all resumptions. Validations, samples and checkpoints count, but pauses do not.</summary>
/// <param name="total">The whole budget.</param>
/// <param name="spent">Time that the run has already used when counting starts.</param>
/// <param name="clock">Time source.</param>
public sealed class TrainingTime(TimeSpan total, TimeSpan spent, TimeProvider? clock = null)
{
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly long begun = (clock ?? TimeProvider.System).GetTimestamp();
    private TimeSpan paused;
    private TimeSpan saving;
    private int steps;

    /// <summary>Time budget of the whole run.</summary>
    public TimeSpan Total => total;

    /// <summary>Time that the run has used so far.</summary>
    public TimeSpan Spent => spent + clock.GetElapsedTime(begun) - paused;

    /// <summary>Remaining time; never negative.</summary>
    public TimeSpan Left => Spent < total ? total - Spent : TimeSpan.Zero;

    /// <summary>Time to reserve for the final work before the last checkpoint.</summary>
    public TimeSpan Reserved { get; set; }

    /// <summary>
    /// Whether the run should end now and write its last checkpoint. This is the case if ending now comes closer to the budget than ending after another step.
    /// </summary>
    public bool IsOver => Left - saving - Reserved <= (Spent - spent) / Math.Max(1, 2 * steps);

    /// <summary>Counts a step.</summary>
    public void CountStep() => steps++;

    /// <summary>
    /// Records the time used in the state of the run. If the budget is used up, records the whole budget, so that resuming the run does not continue training.
    /// </summary>
    /// <returns>Whether the budget is used up.</returns>
    public bool UpdateState(TrainingState state)
    {
        var isOver = IsOver;
        state.Spent = isOver ? Total : Spent;
        return isOver;
    }

    /// <summary>Writes a checkpoint and measures how long that takes; the longest time so far is reserved for the last checkpoint.</summary>
    public string Save(Func<string> save)
    {
        var from = clock.GetTimestamp();
        var path = save();
        var taken = clock.GetElapsedTime(from);
        saving = taken > saving ? taken : saving;
        return path;
    }

    /// <summary>Runs an action during a pause; its duration does not count.</summary>
    public void Pause(Action wait)
    {
        var from = clock.GetTimestamp();
        wait();
        paused += clock.GetElapsedTime(from);
    }
}
