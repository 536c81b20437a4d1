using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training;

/// <summary>Samples drawn at fractions of a run, whichever limit ends it.</summary>
public sealed class SampleScheduleTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData(10, new[] { 1, 3, 10 }, 10, 30, 100)]
    [InlineData(4, new[] { 1, 2, 4 }, 10, 30, 100)]
    [InlineData(1000, new[] { 100, 300, 1000 }, 10, 30, 100)]
    [InlineData(10, new[] { 5 }, 50)]
    [InlineData(1, new[] { 1 }, 10, 30, 100)]
    [InlineData(10, new int[0])]
    public void Each_fraction_of_the_steps_is_drawn_once(int steps, int[] drawn, params int[] percents)
    {
        var schedule = new SampleSchedule(new TrainerConfig { SampleAt = percents });
        schedule.Begin(0, 0);
        Assert.Equal(drawn, Enumerable.Range(1, steps).Where(step => schedule.IsDue(step, (double)step / steps, step == steps)));
    }

    /// <summary>If the time is too short for all samples, only the last one is drawn.</summary>
    [Fact]
    public void Samples_take_a_small_part_of_a_run_with_a_time_limit()
    {
        var config = new TrainerConfig { SampleAt = [10, 30, 100] };
        Assert.Equal([1, 3, 9], Drawn(TimeSpan.FromHours(1)));
        Assert.Equal([9], Drawn(TimeSpan.FromMilliseconds(1)));

        List<int> Drawn(TimeSpan time)
        {
            var schedule = new SampleSchedule(config);
            schedule.Begin(0, 0);
            return [.. Enumerable.Range(0, 10).Where(step =>
            {
                Thread.Sleep(1);
                return schedule.IsDue(step, step / 9.0, step == 9, time);
            })];
        }
    }

    [Fact]
    public void Resumed_run_draws_the_remaining_samples()
    {
        Train(request => request with { MaxSteps = 10 });
        Assert.Equal([1, 3, 10], Drawn);
        Train(request => request with { MaxSteps = 20 });
        Assert.Equal([1, 3, 10, 20], Drawn);
    }

    [Fact]
    public void Fractions_and_a_fixed_interval_can_be_combined()
    {
        Train(request => request with { MaxSteps = 10 }, trainer => trainer with { SampleEvery = 4 });
        Assert.Equal([1, 3, 4, 8, 10], Drawn);
    }

    /// <summary>The number of steps is unknown in advance, so the fractions refer to the time.</summary>
    [Fact]
    public void Run_that_ends_by_its_time_limit_draws_a_final_sample()
    {
        var budget = Train(null, trainer => trainer with { TrainMinutes = 0.02 });
        Assert.InRange(Drawn.Count, 1, 3);
        Assert.Equal(budget.Step, Drawn[^1]);
        var limited = Train(request => request with { MaxMinutes = 0.02, ResultsPath = run.File("limited") }, trainer => trainer with { TrainNumSteps = 1_000_000 });
        Assert.Equal(RunState.TimeBudget, limited.StoppedBecause);
        Assert.InRange(DrawnIn(run.File("limited")).Count, 1, 3);
        Assert.Equal(limited.Step, DrawnIn(run.File("limited"))[^1]);
    }

    [Fact]
    public void Run_that_reaches_its_loss_draws_a_final_sample_and_a_cancelled_one_does_not()
    {
        var reached = Train(request => request with { Until = new TrainingGoal(Loss: 1e6) }, trainer => trainer with { TrainNumSteps = 1000 });
        Assert.Equal(RunState.LossReached, reached.StoppedBecause);
        Assert.Equal([reached.Step], Drawn);
        using var stop = new CancellationTokenSource();
        var cancelled = run.Train(
            request => request with { ResultsPath = run.File("cancelled") }, trainer => trainer with { TrainNumSteps = 1000, SampleAt = [100], NumSampleRows = 1 },
            _ => stop.Cancel(), stop.Token);
        Assert.Equal(RunState.Cancelled, cancelled.StoppedBecause);
        Assert.Empty(DrawnIn(run.File("cancelled")));
    }

    [Fact]
    public void Each_caption_is_shown_before_one_is_repeated()
    {
        string?[] captions = [.. Enumerable.Repeat("one", 50), "two", "three", .. Enumerable.Repeat("four", 50)];
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(4, SampleGrid.Choose(captions, seed, 4).DistinctBy(index => captions[index]).Count()));
        var six = SampleGrid.Choose(captions, 1, 6);
        Assert.Equal((6, 4), (six.Distinct().Count(), six.Take(4).DistinctBy(index => captions[index]).Count()));
        Assert.Equal([0, 1], SampleGrid.Choose(["one", "one"], 1, 4).Order());
        Assert.Equal(4, SampleGrid.Choose(new string?[9], 1, 4).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Fractions_are_percentages(int percent) => Assert.Contains(
        "trainer.sample_at",
        Assert.ThrowsAny<Exception>(() => ConfigFile.Parse($"trainer: {{ sample_at: [{percent}] }}", "a.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_presets_but_the_published_ones_draw_samples() => Assert.All(Presets.Names, preset =>
    {
        var trainer = ConfigFile.Parse(Presets.Text(preset), preset).Trainer;
        var isOurs = preset.StartsWith("shapes-", StringComparison.Ordinal) || preset is "emoji" or "films" or "clips-vae" or "clips-fsq";
        Assert.Equal(isOurs ? [10, 30, 100] : [], trainer.SampleAt);
        Assert.Equal((preset, isOurs), (preset, isOurs && trainer is { NumSampleRows: 2, SampleEvery.Count: 0, Track: true }));
    });

    private List<int> Drawn => DrawnIn(run.Results);

    private static List<int> DrawnIn(string folder) => [.. Directory.GetFiles(folder, "sample-*.gif")
        .Select(path => int.Parse(Path.GetFileNameWithoutExtension(path)["sample-".Length..], System.Globalization.CultureInfo.InvariantCulture)).Order()];

    private TrainingResult Train(Func<TrainingRequest, TrainingRequest>? change = null, Func<TrainerConfig, TrainerConfig>? trainer = null) => run.Train(
        change, config => (trainer?.Invoke(config) ?? config) with { SampleAt = [10, 30, 100], NumSampleRows = 1 });
}
