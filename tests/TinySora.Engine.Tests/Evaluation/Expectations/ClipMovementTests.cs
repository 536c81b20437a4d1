using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Evaluation.Expectations;

public sealed class ClipMovementTests
{
    [Fact]
    public void Correct_clips_of_the_shapes_world_move_as_their_captions_say() => Assert.All(ShapesWorld.AllCombinations, combination =>
    {
        var expected = combination.Motion.StartsWith("moving ", StringComparison.Ordinal) ? combination.Motion["moving ".Length..] : "nowhere";
        Assert.All(new ulong[] { 1, 2, 3 }, jitter => Assert.Equal(expected, ClipMovement.Of(ShapesWorld.Render(combination, jitter)).Moves));
    });

    [Fact]
    public void Thing_darker_than_its_background_moves_as_well()
    {
        var clip = ShapesWorld.Render(new ShapesCombination("white", "circle", "moving left"), 1);
        var negative = clip with { Pixels = [.. clip.Pixels.Select(value => (byte)(255 - value))] };
        Assert.Equal(ClipMovement.Of(clip), ClipMovement.Of(negative));
        Assert.Equal("left", ClipMovement.Of(negative).Moves);
    }

    /// <summary>Stripes of 8 pixels move right by one: two pixels of each 8 change by 255.</summary>
    [Fact]
    public void Change_is_the_mean_difference_between_consecutive_frames()
    {
        var clip = Clip.Black(4, 1, 8, 1);
        for (var f = 0; f < 4; f++)
        {
            clip.Frame(f)[2 + f] = 255;
        }

        Assert.Equal(new ClipMovement(0.25, "right"), ClipMovement.Of(clip));
    }

    [Fact]
    public void Too_few_frames_give_no_direction()
    {
        var clip = Clip.Black(2, 1, 8, 1);
        clip.Frame(1)[0] = 255;
        Assert.Equal(new ClipMovement(0.125, null), ClipMovement.Of(clip));
        Assert.Equal(new ClipMovement(0, null), ClipMovement.Of(Clip.Black(1, 1, 8, 1)));
        Assert.Equal(new ClipMovement(0, "nowhere"), ClipMovement.Of(Clip.Black(3, 1, 8, 1)));
    }

    [Fact]
    public void Colors_are_named_by_the_nearest_one_in_order_of_their_shares()
    {
        // 100 pixels: 60 nearly black, 38 nearly orange, 2 white; a single one would not count.
        var pixels = Enumerable.Range(0, 100).SelectMany(i => i < 60 ? new byte[] { 10, 0, 20 } : i < 97 ? [250, 120, 10] : i < 99 ? [255, 250, 255] : [0, 0, 255]);
        Assert.Equal(["black", "orange", "white"], ClipPalette.Of(new Clip([.. pixels], 1, 10, 10, 3)));
        Assert.Equal(["grey"], ClipPalette.Of(new Clip([120, 130], 1, 1, 2, 1)));
    }
}
