using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training;

/// <summary>The time budget of trainer.train_minutes, over all resumptions, including validations, samples and checkpoints, but not pauses.</summary>
/// <param name="total">The whole budget.</param>
/// <param name="spent">Time already spent when counting starts.</param>
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

    /// <summary>Time already spent.</summary>
    public TimeSpan Spent => spent + clock.GetElapsedTime(begun) - paused;

    /// <summary>Remaining time; never negative.</summary>
    public TimeSpan Left => Spent < total ? total - Spent : TimeSpan.Zero;

    /// <summary>Time to reserve for the work at the end before the last checkpoint.</summary>
    public TimeSpan Reserved { get; set; }

    /// <summary>Whether the last checkpoint should be written now, because another step would end further from the end of the budget.</summary>
    public bool IsOver => Left - saving - Reserved <= (Spent - spent) / Math.Max(1, 2 * steps);

    /// <summary>Counts a step.</summary>
    public void CountStep() => steps++;

    /// <summary>Records the spent time in the state of the run: all of it if the budget is used up, so that nothing is left to resume.</summary>
    /// <returns>Whether the budget is used up.</returns>
    public bool UpdateState(TrainingState state)
    {
        var isOver = IsOver;
        state.Spent = isOver ? Total : Spent;
        return isOver;
    }

    /// <summary>Writes a checkpoint and measures its time; the longest one is reserved for the last checkpoint.</summary>
    public string Save(Func<string> save)
    {
        var from = clock.GetTimestamp();
        var path = save();
        var taken = clock.GetElapsedTime(from);
        saving = taken > saving ? taken : saving;
        return path;
    }

    /// <summary>Runs the work of a pause, whose time is not counted.</summary>
    public void Pause(Action wait)
    {
        var from = clock.GetTimestamp();
        wait();
        paused += clock.GetElapsedTime(from);
    }
}
