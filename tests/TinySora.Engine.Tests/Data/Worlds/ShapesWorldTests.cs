using TinySora.Engine.Data;
using TinySora.Engine.Data.Worlds;

namespace TinySora.Engine.Tests.Data.Worlds;

public sealed class ShapesWorldTests
{
    [Fact]
    public void One_combination_in_eight_is_held_out_and_every_word_stays_in_training()
    {
        Assert.Equal((192, 24, 168),
            (ShapesWorld.AllCombinations.Count, ShapesWorld.HeldOut.Count, ShapesWorld.Training.Count));
        Assert.All(ShapesWorld.Colors, c => Assert.Equal(3, ShapesWorld.HeldOut.Count(h => h.Color == c)));
        Assert.All(ShapesWorld.Shapes, s => Assert.Equal(6, ShapesWorld.HeldOut.Count(h => h.Shape == s)));
        Assert.All(ShapesWorld.Motions, m => Assert.Equal(4, ShapesWorld.HeldOut.Count(h => h.Motion == m)));
    }

    [Fact]
    public void Tuning_combinations_differ_from_test_combinations_and_are_as_evenly_distributed()
    {
        var (trained, tuned, judged) = (ShapesWorld.GetCombinations(ShapesSplit.Trained), ShapesWorld.GetCombinations(ShapesSplit.Tuned), ShapesWorld.GetCombinations(ShapesSplit.Judged));
        Assert.Equal((144, 24), (trained.Count, tuned.Count));
        Assert.Equal(ShapesWorld.HeldOut, judged);
        Assert.Equal(192, trained.Concat(tuned).Concat(judged).Distinct().Count());
        Assert.All(ShapesWorld.Colors, c => Assert.Equal(3, tuned.Count(h => h.Color == c)));
        Assert.All(ShapesWorld.Shapes, s => Assert.Equal(6, tuned.Count(h => h.Shape == s)));
        Assert.All(ShapesWorld.Motions, m => Assert.Equal(4, tuned.Count(h => h.Motion == m)));
    }

    [Fact]
    public void Captions_parse_to_the_combination_they_name()
    {
        Assert.Equal("a red circle moving right", ShapesWorld.Caption(new("red", "circle", "moving right")));
        Assert.Equal("an orange star growing", ShapesWorld.Caption(new("orange", "star", "growing")));
        Assert.All(ShapesWorld.AllCombinations, c => Assert.Equal(c, ShapesWorld.Parse(ShapesWorld.Caption(c))));
        Assert.Equal(new("orange", "star", "growing"), ShapesWorld.Parse("  A Orange  star growing"));
        Assert.Null(ShapesWorld.Parse("a red circle"));
        Assert.Null(ShapesWorld.Parse(""));
    }

    [Fact]
    public void Additional_words_are_parsed_and_held_out_like_others_and_are_in_no_default_world()
    {
        var pink = ShapesWorld.Combinations(["pink"], ShapesWorld.Shapes);
        Assert.Equal((24, 3), (pink.Count, pink.Count(ShapesWorld.IsHeldOut)));
        Assert.Equal(new("lime", "heart", "moving up"), ShapesWorld.Parse("a lime heart moving up"));
        Assert.DoesNotContain(ShapesWorld.AllCombinations, c => c.Color is "pink" or "lime" || c.Shape == "heart");
    }

    [Fact]
    public void Clip_depends_only_on_its_combination_and_jitter()
    {
        var combination = new ShapesCombination("red", "square", "moving up");

        Assert.Equal(ShapesWorld.Render(combination, 5).Pixels, ShapesWorld.Render(combination, 5).Pixels);
        Assert.NotEqual(ShapesWorld.Render(combination, 5).Pixels, ShapesWorld.Render(combination, 6).Pixels);
    }

    [Fact]
    public void Every_cycle_shows_each_combination_once_in_an_order_of_the_seed()
    {
        var shown = Enumerable.Range(0, 336).Select(k => ShapesWorld.Combination(ShapesWorld.Training, 1, k)).ToList();

        Assert.Equal(168, shown.Take(168).Distinct().Count());
        Assert.Equal(168, shown.Skip(168).Distinct().Count());
        Assert.NotEqual(shown.Take(168), shown.Skip(168));
        Assert.NotEqual(shown[..168], Enumerable.Range(0, 168).Select(k => ShapesWorld.Combination(ShapesWorld.Training, 2, k)));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(13)]
    public void Whole_shape_stays_in_view(int size)
    {
        for (var k = 0; k < 400; k++)
        {
            var combination = ShapesWorld.Combination(ShapesWorld.AllCombinations, 0, k);
            var clip = ShapesWorld.Render(combination with { Color = "red" }, SplitMix64.Mix(0, k), size, frames: 3);
            var widths = Enumerable.Range(0, 3).Select(f => Math.Sqrt(clip.Frame(f).ToArray().Sum(p => p / 255.0))).ToArray();

            // The width is constant or changes evenly; a shape cut off at the border would be narrower at one end.
            Assert.InRange(((widths[0] + widths[2]) / 2 / widths[1]) - 1, -0.01, 0.01);
        }
    }

    [Theory]
    [InlineData("circle", 3.14159, 0)]
    [InlineData("square", 3.24, 0)]
    [InlineData("triangle", 1.9, 0.26667)]
    public void Masks_have_the_area_and_centroid_of_their_shape(string shape, double area, double centroid)
    {
        var mask = ShapeMask.Draw(shape, 20.3, 19.8, 15, 40);
        var covered = mask.Sum(m => (double)m);
        var y = mask.Select((m, i) => m * ((i / 40) + 0.5)).Sum() / covered;

        Assert.Equal((area, centroid), (Math.Round(ShapeMask.Moments(shape).Area, 5), Math.Round(ShapeMask.Moments(shape).CentroidY, 5)));
        Assert.Equal(area * 225, covered, tolerance: 1.0);
        Assert.Equal(19.8 + (centroid * 15), y, tolerance: 0.03);
    }

    [Fact]
    public void Star_has_five_points_of_equal_size()
    {
        var (area, centroid) = ShapeMask.Moments("star");

        // Ten triangles between the centre, a point and a notch: 10 * sin(36 deg) * inner / 2.
        Assert.Equal(5 * Math.Sin(Math.PI / 5) * 0.42, area, 9);
        Assert.Equal(0, centroid, 9);
        Assert.Equal(area * 225, ShapeMask.Draw("star", 20, 20, 15, 40).Sum(), tolerance: 1f);
    }
}
