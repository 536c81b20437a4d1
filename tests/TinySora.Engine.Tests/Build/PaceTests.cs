using System.Globalization;
using TinySora.Build;

namespace TinySora.Engine.Tests.Build;

/// <summary>How long the demo trains on a machine as fast as its rehearsal.</summary>
public class PaceTests
{
    [Fact]
    public void The_pace_is_that_of_the_second_half()
    {
        // Ten steps of two seconds, then ten of a quarter.
        var metrics = Enumerable.Range(1, 20).Select(step => Line(step, step <= 10 ? 2.0 * step : 20 + (0.25 * (step - 10))));

        Assert.Equal(4, Pace.StepsPerSecond(metrics), 9);
    }

    [Fact]
    public void A_step_that_was_skipped_has_no_line_but_took_its_time()
    {
        var metrics = Enumerable.Range(1, 20).Where(step => step is not (5 or 10 or 15)).Select(step => Line(step, 0.5 * step));

        Assert.Equal(2, Pace.StepsPerSecond(metrics), 9);
    }

    [Theory]
    [InlineData(7.5, 9.87, 4440)]
    [InlineData(7.5, 2.2, 990)]
    [InlineData(1.5, 2.2, 190)]
    [InlineData(1, 0.4, 60)]
    public void Steps_fill_the_time_and_are_never_too_few_to_learn(double minutes, double stepsPerSecond, int steps) =>
        Assert.Equal(steps, Pace.StepsIn(minutes, stepsPerSecond));

    private static string Line(int step, double elapsed) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"step":{{step}},"loss":0.5,"elapsed":{{elapsed}}}""");
}
