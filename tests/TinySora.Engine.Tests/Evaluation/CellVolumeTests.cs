using TinySora.Engine.Data;
using TinySora.Engine.Evaluation;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class CellVolumeTests
{
    /// <summary>A box, a slanted band, a simplex in a corner, and the whole cube.</summary>
    public static TheoryData<string, double> Cells { get; } = new()
    {
        { "box", 0.01 * 0.02 * 0.03 * 0.04 },
        { "band", 0.04 * 0.4 },
        { "simplex", 1e-4 / 24 },
        { "cube", 1 },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void Volumes_of_known_cells_are_correct(string cell, double volume)
    {
        Func<double[], bool> contains = cell switch
        {
            "box" => p => p.Select((x, axis) => Math.Abs(x - 0.5) <= 0.005 * (axis + 1)).All(isIn => isIn),
            "band" => p => Math.Abs(p[0] - p[1]) <= 0.02 && Math.Abs(p[0] - 0.5) <= 0.2,
            "simplex" => p => p.Sum() <= 0.1,
            _ => _ => true,
        };
        var center = Enumerable.Repeat(cell == "simplex" ? 0.02 : 0.5, 4).ToArray();
        var found = CellVolume.Around(center, points => [.. points.Select(contains)], new SplitMix64(1));
        Assert.InRange(found / volume, 0.85, 1.15);
    }
}
