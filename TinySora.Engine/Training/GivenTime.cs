using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training;

/// <summary>The time that trainer.train_minutes gives to a run, over all resumptions: validations, samples and checkpoints are in it, pauses are not.</summary>
/// <param name="total">All of it.</param>
/// <param name="spent">What is spent when this begins to count.</param>
/// <param name="clock">What tells the time.</param>
public sealed class GivenTime(TimeSpan total, TimeSpan spent, TimeProvider? clock = null)
{
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly long begun = (clock ?? TimeProvider.System).GetTimestamp();
    private TimeSpan paused;
    private TimeSpan saving;
    private int steps;

    /// <summary>The time of the whole run.</summary>
    public TimeSpan Total => total;

    /// <summary>The time that is spent so far.</summary>
    public TimeSpan Spent => spent + clock.GetElapsedTime(begun) - paused;

    /// <summary>The time that is left; never below zero.</summary>
    public TimeSpan Left => Spent < total ? total - Spent : TimeSpan.Zero;

    /// <summary>Time to keep for what is done at the end before the last checkpoint.</summary>
    public TimeSpan Reserved { get; set; }

    /// <summary>Whether the last checkpoint is to be written now: another step would end further from the end of the time than this one did.</summary>
    public bool IsOver => Left - saving - Reserved <= (Spent - spent) / Math.Max(1, 2 * steps);

    /// <summary>Says that a step was taken.</summary>
    public void Stepped() => steps++;

    /// <summary>Tells the state of the run what is spent: all of it where the time is over, so that nothing is left to continue.</summary>
    /// <returns>Whether it is over.</returns>
    public bool CountInto(TrainingState state)
    {
        var isOver = IsOver;
        state.Spent = isOver ? Total : Spent;
        return isOver;
    }

    /// <summary>Writes a checkpoint; for the last one as much time is kept as the longest so far took.</summary>
    public string Save(Func<string> save)
    {
        var from = clock.GetTimestamp();
        var path = save();
        var taken = clock.GetElapsedTime(from);
        saving = taken > saving ? taken : saving;
        return path;
    }

    /// <summary>Does what belongs to a pause, whose time is not spent.</summary>
    public void Pause(Action wait)
    {
        var from = clock.GetTimestamp();
        wait();
        paused += clock.GetElapsedTime(from);
    }
}
