using System.Text;
using TinySora.Engine.Runs.Rates;

namespace TinySora.Engine.Tests.Runs;

public sealed class RateChartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("rates.svg", 0.001)]
    [InlineData("rates.png", 0.001)]
    [InlineData("rates.SVG", null)]
    public void Chart_of_a_rate_search_is_drawn(string name, double? suggested)
    {
        var search = new RateSearch
        {
            Config = "tiny.yaml", Suggested = suggested, Lowest = suggested, DivergedAt = 1, Elapsed = TimeSpan.Zero,
            Points = [new(1, 1e-4, 1, 1), new(2, 1e-3, 0.5, 0.8), new(3, 1e-2, 9, 3)],
        };
        RateChart.Write(folder.File(name), search);
        var bytes = File.ReadAllBytes(folder.File(name));
        if (name.EndsWith(".png", StringComparison.Ordinal))
        {
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
        }
        else
        {
            var svg = Encoding.UTF8.GetString(bytes);
            Assert.StartsWith("<svg xmlns=", svg, StringComparison.Ordinal);
            Assert.Equal(suggested is null, svg.Contains("<polyline class=\"suggested\" points=\"\"", StringComparison.Ordinal));
        }

        Assert.Equal(suggested is null ? "tiny.yaml: the loss did not fall at any rate" : "tiny.yaml: 1.0e-3", search.ToString());
        Assert.Equal("1.0e-3: 0.8000", search.Points[1].ToString());
    }

    [Fact]
    public void Chart_of_a_search_without_points_is_empty()
    {
        var search = new RateSearch { Config = "x", Suggested = 0.1, Lowest = null, DivergedAt = null, Elapsed = TimeSpan.Zero, Points = [] };
        RateChart.Write(folder.File("a.svg"), search);
        Assert.Contains("<polyline class=\"suggested\" points=\"\"", File.ReadAllText(folder.File("a.svg")), StringComparison.Ordinal);
    }
}
