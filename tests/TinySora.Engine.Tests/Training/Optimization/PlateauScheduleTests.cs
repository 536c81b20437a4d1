using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Tests.Training.Optimization;

/// <summary>Compares with PyTorch's ReduceLROnPlateau (1.13) on the same values.</summary>
public sealed class PlateauScheduleTests
{
    [Fact]
    public void Rate_falls_when_the_lowest_value_stops_improving()
    {
        double[] values = [1.0, 0.9, 0.9, 0.89999, 0.95, 0.8, 0.85, 0.85, 0.85, 0.85, 0.7, 0.71, 0.72, 0.73, 0.69, 0.69, 0.69, 0.69];
        Assert.Equal(
            [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125, 0.0625],
            Factors(values, "val.loss", patience: 2, factor: 0.5));
    }

    [Fact]
    public void Rate_falls_when_the_highest_value_stops_improving_if_higher_is_better()
    {
        double[] values = [20, 21, 21, 21, 21, 22, 22.001, 22, 22, 22, 22];
        Assert.Equal(
            [1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001],
            Factors(values, "highest val.psnr", patience: 1, factor: 0.1).Select(factor => Math.Round(factor, 12)));
    }

    /// <summary>PyTorch applies its tolerance in the wrong direction to negative values, so that an equal one counts as an improvement forever.</summary>
    [Fact]
    public void Equal_negative_values_are_not_an_improvement() =>
        Assert.Equal([1.0, 1.0, 0.1, 0.1], Factors([-5, -5, -5, -4], "highest val.psnr", patience: 1, factor: 0.1).Select(factor => Math.Round(factor, 12)));

    /// <summary>A checkpoint cannot store a factor of 0, and PyTorch ignores reductions below 1e-8.</summary>
    [Fact]
    public void Rate_never_falls_to_zero()
    {
        Assert.Equal(1e-8, Factors([.. Enumerable.Repeat(1.0, 400)], "val.loss", patience: 0, factor: 0.1)[^1], 12);
        Assert.Equal(1e-200, Factors([1, 1, 1, 1], "val.loss", patience: 0, factor: 1e-200)[^1]);
    }

    private static List<double> Factors(double[] values, string bestBy, int patience, double factor)
    {
        var config = new TrainerConfig { LrPatience = patience, LrPlateauFactor = factor };
        var schedule = new PlateauSchedule();
        return [.. values.Select(value => (schedule = schedule.Update(value, BestMetric.Parse(bestBy), config)).Factor)];
    }
}
