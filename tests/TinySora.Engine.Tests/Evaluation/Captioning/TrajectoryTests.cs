using TinySora.Engine.Evaluation.Captioning;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

public sealed class TrajectoryTests
{
    [Theory]
    [InlineData(0.5, 0, "right")]
    [InlineData(-0.5, 0.1, "left")]
    [InlineData(0, 0.5, "down")]
    [InlineData(0.1, -0.5, "up")]
    [InlineData(0.3, 0.3, "down and right")]
    [InlineData(-0.3, -0.2, "up and left")]
    public void Straight_path_has_a_direction_and_a_speed(double x, double y, string direction)
    {
        var path = Trajectory.Fit(Points(11, t => (0.5 + (x * t), 0.5 + (y * t))));
        Assert.Equal(direction, path.Description);
        Assert.Equal(Math.Sqrt((x * x) + (y * y)), path.Length, 0.01);
        Assert.Equal(path.Length / 2, path.Speed!.Value, 1e-6);
    }

    [Fact]
    public void Path_with_one_turn_has_two_directions()
    {
        var path = Trajectory.Fit(Points(21, t => (0.3 + (0.4 * (t < 0.5 ? t : 1 - t)), 0.5)));
        Assert.Equal("right, then left", path.Description);
        Assert.Equal("down, then right", Trajectory.Fit(Points(21, t => (0.3 + (0.4 * Math.Max(0, t - 0.5)), 0.3 + (0.4 * Math.Min(t, 0.5))))).Description);
    }

    [Fact]
    public void Path_with_several_turns_has_only_its_first_direction()
    {
        var path = Trajectory.Fit(Points(41, t => (0.3 + (0.5 * Math.Min(t, 0.4)), 0.5 + (t < 0.4 ? 0 : 0.12 * Math.Sin(20 * (t - 0.4))))));
        Assert.Equal(("right at first", null), (path.Description, path.Speed));
    }

    [Fact]
    public void Circling_path_has_no_direction()
    {
        var path = Trajectory.Fit(Points(41, t => (0.5 + (0.05 * Math.Cos(40 * t)), 0.5 + (0.05 * Math.Sin(40 * t)))));
        Assert.Equal((null, null), (path.Description, path.Speed));
        Assert.Equal(0.1, path.Length, 0.01);
    }

    [Fact]
    public void Object_at_rest_has_no_direction() => Assert.Null(Trajectory.Fit(Points(10, t => (0.5 + (0.01 * t), 0.5))).Description);

    /// <summary>Returns positions over two seconds.</summary>
    private static List<(double Time, double X, double Y)> Points(int count, Func<double, (double X, double Y)> path) =>
        [.. Enumerable.Range(0, count).Select(i => i / (count - 1.0)).Select(t => (2 * t, path(t).X, path(t).Y))];
}
