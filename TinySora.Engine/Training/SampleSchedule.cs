using System.Diagnostics;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training;

/// <summary>The steps of a run after which samples are drawn: at a cadence, and at shares of the run.</summary>
/// <param name="drawsFirst">Whether the first step is among them.</param>
internal sealed class SampleSchedule(TrainerConfig config, bool drawsFirst = false)
{
    private const int AtEnd = 100;

    /// <summary>Share of the time of a run that all its drawings may take, if the time ends it. The one at the end is drawn in any case.</summary>
    private const double MostShare = 0.03;

    /// <summary>Steps that the first drawing is assumed to take as long as: measured were 4 to 10.</summary>
    private const int StepsOfDrawing = 8;

    /// <summary>Runs since the first step of this call, which takes longer than others.</summary>
    private readonly Stopwatch clock = new();

    /// <summary>Share of the run that was done before the present step, from 0 to 1.</summary>
    private double done;

    /// <summary>The last step of which samples were drawn, or at which this call of training began.</summary>
    private int drawn;

    private int first;
    private TimeSpan longest;
    private TimeSpan spent;

    /// <summary>Time of the next drawing: that of the longest so far, or an assumption.</summary>
    private TimeSpan expected;

    /// <summary>Time to keep for the samples that are drawn when the run ends.</summary>
    public TimeSpan Reserved => config.SampleAt.Contains(AtEnd) ? expected : TimeSpan.Zero;

    /// <summary>Begins at a step, of which nothing is drawn any more.</summary>
    /// <param name="share">Share of the run that is done.</param>
    public void Begin(int step, double share) => (drawn, done) = (step, share);

    /// <summary>Whether samples are due after a step.</summary>
    /// <param name="share">Share of the run that is done with it.</param>
    /// <param name="ends">Whether the run ends with it.</param>
    /// <param name="time">Time that the run may take; `null` if its steps are counted.</param>
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

    /// <summary>Whether samples of the run's end are still due, after its last step.</summary>
    public bool IsDueAtEnd(int step) => config.SampleAt.Contains(AtEnd) && drawn != step;

    /// <summary>Draws samples of a step.</summary>
    /// <param name="draw">Returns the file's path; `null` if there is none.</param>
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

    /// <summary>Whether a drawing before the end leaves enough of the time for the one at the end.</summary>
    private bool IsAffordable(int step, TimeSpan? time) =>
        time is null || (step > first && spent + (2 * expected) <= time * MostShare);
}
