using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

public sealed class BestMetricTests
{
    [Theory]
    [InlineData("loss", "loss", false, false)]
    [InlineData(" val.loss ", "val.loss", false, true)]
    [InlineData("highest val.psnr", "val.psnr", true, true)]
    [InlineData(" Highest  loss ", "loss", true, false)]
    [InlineData("highestval.psnr", "highestval.psnr", false, false)]
    public void Metric_is_a_name_and_a_direction(string text, string name, bool isHighest, bool isValidated)
    {
        var metric = BestMetric.Parse(text);
        Assert.Equal((name, isHighest, isValidated), (metric.Name, metric.IsHighest, metric.IsValidated));
        Assert.Equal(metric, BestMetric.Parse(metric.ToString()));
        Assert.Equal(isHighest ? $"highest {name}" : name, metric.ToString());
    }

    [Theory]
    [InlineData("loss", 1, null, true)]
    [InlineData("loss", 0.9, 1.0, true)]
    [InlineData("loss", 1, 1.0, false)]
    [InlineData("loss", 1.1, 1.0, false)]
    [InlineData("highest loss", 1.1, 1.0, true)]
    [InlineData("highest loss", 1, 1.0, false)]
    [InlineData("highest loss", 0.9, 1.0, false)]
    [InlineData("loss", double.NaN, null, false)]
    [InlineData("highest loss", double.PositiveInfinity, 1.0, false)]
    [InlineData("loss", double.NegativeInfinity, null, false)]
    public void Better_value_is_finite_and_lower_or_higher(string metric, double value, double? than, bool isBetter) =>
        Assert.Equal(isBetter, BestMetric.Parse(metric).IsBetter(value, than));

    /// <summary>The difference counts relative to the size of the earlier value, also below 0.</summary>
    [Theory]
    [InlineData("loss", 1, null, true)]
    [InlineData("loss", 99.98, 100.0, true)]
    [InlineData("loss", 99.995, 100.0, false)]
    [InlineData("loss", -100.02, -100.0, true)]
    [InlineData("loss", -100.005, -100.0, false)]
    [InlineData("highest loss", 100.02, 100.0, true)]
    [InlineData("highest loss", 100.005, 100.0, false)]
    [InlineData("highest loss", -99.98, -100.0, true)]
    [InlineData("highest loss", -99.995, -100.0, false)]
    public void Clearly_better_value_differs_by_more_than_a_ten_thousandth(string metric, double value, double? than, bool isBetter) =>
        Assert.Equal(isBetter, BestMetric.Parse(metric).IsClearlyBetter(value, than));
}
