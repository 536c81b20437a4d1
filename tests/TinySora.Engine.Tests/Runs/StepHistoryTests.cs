using TinySora.Engine.Runs.Display;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Tests.Runs;

public sealed class StepHistoryTests
{
    [Fact]
    public void Any_number_of_steps_is_reduced_to_a_thousand_points()
    {
        var history = new StepHistory(Enumerable.Range(1, 70_001).Select(step => Step(step, loss: step % 2)));

        var points = history.Loss.ToList();
        Assert.InRange(points.Count, 500, 1000);
        Assert.Equal((70_001, 70_001.0), (history.LastStep, points[^1].X));
        Assert.All(points.SkipLast(1), point => Assert.Equal(0.5, point.Y, 12));
        Assert.Equal(points.Select(point => point.X).Distinct().Order(), points.Select(point => point.X));
    }

    [Fact]
    public void Measurements_of_every_step_are_drawn_from_the_first_step_on()
    {
        var history = new StepHistory(Enumerable.Range(1, 70_001).Select(step => Step(step) with { Scalars = new() { ["part"] = step } }));

        var points = Assert.Single(history.Scalars).Points;
        Assert.InRange(points.Count, 500, 1000);
        Assert.Equal((70_001, 70_001), points[^1]);
        Assert.All(points.Zip(points.Skip(1)), pair => Assert.InRange(pair.Second.X - pair.First.X, 1, 128));
        Assert.InRange(points[0].X, 1, 128);
    }

    [Fact]
    public void Few_steps_are_all_kept_with_the_smoothed_loss_that_a_run_reports()
    {
        var history = new StepHistory([Step(1, loss: 4), Step(2, loss: 2)]);
        Assert.Equal([(1, 4), (2, 2)], history.Loss);
        Assert.Equal([(1, 4), (2, (0.98 * 4) + ((1 - 0.98) * 2))], history.SmoothedLoss);
    }

    [Fact]
    public void Rate_of_several_steps_is_total_clips_over_total_seconds()
    {
        // 1 clip in 1/10 s and 1 clip in 1/30 s are 2 clips in 4/30 s.
        var history = new StepHistory(Enumerable.Range(1, 1002).Select(step => Step(step, rate: step % 2 == 0 ? 10 : 30)));
        Assert.All(history.Rate.SkipLast(1), point => Assert.Equal(15, point.Y, 9));
    }

    private static TrainingStep Step(int step, double loss = 1, double rate = 20) => new(step, loss, 1e-4, 0.5, rate, TimeSpan.FromSeconds(step * 2));
}
