using System.Diagnostics;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training;

/// <summary>
/// Schedule of the steps after which samples are drawn: at regular intervals (<c>sample_every</c>) and at fractions of the run (<c>sample_at</c>).
/// </summary>
/// <param name="drawsFirst">Whether to draw after the first step.</param>
internal sealed class SampleSchedule(TrainerConfig config, bool drawsFirst = false)
{
    private const int AtEnd = 100;

    /// <summary>Maximum fraction of a run's time limit for drawing samples, not counting the sample at the end.</summary>
    private const double MaxShare = 0.03;

    /// <summary>Assumed duration of drawing the first sample, in units of a step's duration; measured values were between 4 and 10.</summary>
    private const int StepsOfDrawing = 8;

    /// <summary>Clock that starts one step after the run was started or resumed, because the first step takes longer than others.</summary>
    private readonly Stopwatch clock = new();

    /// <summary>Completed fraction of the run before the current step, from 0 to 1.</summary>
    private double done;

    /// <summary>Last step with samples, or the step at which the run was started or resumed.</summary>
    private int drawn;

    private int first;
    private TimeSpan longest;
    private TimeSpan spent;

    /// <summary>Expected duration of drawing the next sample: the longest duration so far or, before the first sample, an assumption.</summary>
    private TimeSpan expected;

    /// <summary>Time to reserve for drawing a sample at the end of the run; zero if none is due.</summary>
    public TimeSpan Reserved => config.SampleAt.Contains(AtEnd) ? expected : TimeSpan.Zero;

    /// <summary>Starts the schedule after a step whose samples, if any were due, have been drawn.</summary>
    /// <param name="share">Completed fraction of the run.</param>
    public void Begin(int step, double share) => (drawn, done) = (step, share);

    /// <summary>Returns whether samples are due after a step.</summary>
    /// <param name="share">Completed fraction of the run, including the step.</param>
    /// <param name="ends">Whether the run ends with the step.</param>
    /// <param name="time">Time limit of the run; <c>null</c> if there is none.</param>
    public bool IsDue(int step, double share, bool ends, TimeSpan? time = null)
    {
        (var before, done) = (done, share);
        if (!clock.IsRunning)
        {
            first = step;
            clock.Start();
        }

        expected = longest > TimeSpan.Zero ? longest : clock.Elapsed * StepsOfDrawing / Math.Max(1, step - first);
        return config.SampleEvery.EndsAt(step) || (drawsFirst && step == 1)
            || config.SampleAt.Any(percent => percent == AtEnd ? ends : before < percent / 100.0 && share >= percent / 100.0 && IsAffordable(step, time));
    }

    /// <summary>Returns whether samples at the end of the run are still due after the last step.</summary>
    public bool IsDueAtEnd(int step) => config.SampleAt.Contains(AtEnd) && drawn != step;

    /// <summary>Draws samples for a step.</summary>
    /// <param name="draw">Function that draws samples and returns the path of the file; <c>null</c> if there is none.</param>
    public string? Draw(int step, Func<string?> draw)
    {
        var begun = Stopwatch.GetTimestamp();
        drawn = step;
        var path = draw();
        var taken = Stopwatch.GetElapsedTime(begun);
        spent += taken;
        longest = taken > longest ? taken : longest;
        return path;
    }

    /// <summary>Returns whether enough time remains to draw a sample now and another one at the end of the run.</summary>
    private bool IsAffordable(int step, TimeSpan? time) =>
        time is null || (step > first && spent + (2 * expected) <= time * MaxShare);
}
