using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Rates;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed class RateFinderTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    /// <summary>A loss that falls like the logistic function is steepest in its middle, even if it rises later.</summary>
    [Theory]
    [InlineData(1e-3)]
    [InlineData(2e-5)]
    public void Suggested_rate_is_where_the_loss_falls_fastest(double middle)
    {
        var points = Enumerable.Range(0, 100).Select(step => 1e-6 * Math.Pow(1e5, step / 99.0))
            .Select((rate, step) => new RatePoint(step + 1, rate, 0, 1 - (0.5 / (1 + Math.Exp(-Math.Log(rate / middle) / 0.5))) + (rate > 0.03 ? 3 * rate : 0))).ToList();
        var step = Math.Pow(1e5, 1 / 99.0);
        Assert.InRange(RateFinder.Steepest(points)!.Value, middle / step, middle * step);
        Assert.Null(RateFinder.Steepest([.. points.Where(point => point.Rate > 0.03)]));
        Assert.Null(RateFinder.Steepest([]));
    }

    [Fact]
    public void Rates_rise_exponentially_with_the_steps_and_searches_are_reproducible()
    {
        var search = Find(1e-5, 1e-2, 20);
        Assert.Equal(Enumerable.Range(1, 20), search.Points.Select(point => point.Step));
        Assert.All(search.Points, point => Assert.Equal(1e-5 * Math.Pow(1e3, (point.Step - 1) / 19.0), point.Rate, 1e-12));
        Assert.Equal(search.Points[0].Loss, search.Points[0].Smoothed, 1e-9);

        // The mean of the first two weighs the second 1 / 0.95 times as much as the first.
        var (first, second) = (search.Points[0].Loss, search.Points[1].Loss);
        Assert.Equal(((0.95 * first) + second) / 1.95, search.Points[1].Smoothed, 1e-9);
        Assert.Equal(search.Points, Find(1e-5, 1e-2, 20).Points);
        Assert.Null(search.DivergedAt);
        Assert.False(Directory.Exists(run.Results));
    }

    [Fact]
    public void Search_ends_at_the_rate_at_which_the_model_diverges()
    {
        var search = Find(1e-4, 1e12, 200);
        Assert.InRange(search.DivergedAt!.Value, 1e-4, 1e12);
        Assert.InRange(search.Points.Count, 5, 199);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1, double.PositiveInfinity)]
    [InlineData(double.NaN, 1)]
    public void Decreasing_rates_are_refused(double from, double to) =>
        Assert.Equal("TinySora.Training.BadRates", Assert.Throws<TinySoraException>(() => Find(from, to, 10)).Id);

    private RateSearch Find(double from, double to, int steps) => RateFinder.Find(
        new TrainingRequest { Config = TinyRun.Config, DataPath = run.Data, ResultsPath = run.Results, Device = "cpu" },
        "tiny", from, to, steps, new RecordingObserver(), CancellationToken.None);
}
