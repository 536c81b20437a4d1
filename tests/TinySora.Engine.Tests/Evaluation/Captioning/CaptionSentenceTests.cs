using TinySora.Engine.Evaluation.Captioning;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>Captions of contents, as users read them in the table.</summary>
public sealed class CaptionSentenceTests
{
    private static readonly ClipContent Nothing = new([], IsComplete: true, Camera: null, IsStill: false, [], IsPlain: false, Brightness: null, Shape: null);
    private static readonly SceneObject Rest = new("red", "red", new Trajectory(null, null, 0), 1, 0.1);

    [Theory]
    [InlineData("dark", false, "", "a scene in dark colors")]
    [InlineData(null, false, "", "a scene")]
    [InlineData("dark", false, "blue green", "a scene in blue and green")]
    [InlineData(null, true, "grey", "a still picture in grey")]
    [InlineData("bright", true, "", "a still picture in bright colors")]
    public void Clip_without_objects_is_described_by_its_colors(string? brightness, bool isStill, string background, string expected) =>
        Assert.Equal(expected, CaptionSentence.Of(Nothing with { Brightness = brightness, IsStill = isStill, Background = Words(background) }, 0));

    [Theory]
    [InlineData("", "the camera moving left")]
    [InlineData("green", "the camera moving left over green")]
    [InlineData("green blue", "the camera moving left over green and blue")]
    public void Camera_moves_over_the_background(string background, string expected) =>
        Assert.Equal(expected, CaptionSentence.Of(Nothing with { Camera = "left", Background = Words(background) }, 0));

    [Theory]
    [InlineData(0, "a scene")]
    [InlineData(1, "a scene, with one cut")]
    [InlineData(9, "a scene, with nine cuts")]
    [InlineData(10, "a scene, with 10 cuts")]
    public void Cuts_are_counted(int cuts, string expected) => Assert.Equal(expected, CaptionSentence.Of(Nothing, cuts));

    [Fact]
    public void Single_object_has_its_shape_color_motion_and_background()
    {
        var black = Nothing with { Background = ["black"], IsPlain = true };
        Assert.Equal("a red circle standing still on black", CaptionSentence.Of(black with { Things = [Rest], IsStill = true, Shape = "circle" }, 0));
        Assert.Equal("a red object on black", CaptionSentence.Of(black with { Things = [Rest] }, 0));
        Assert.Equal("an orange object on black", CaptionSentence.Of(black with { Things = [Rest with { Color = "orange", LastColor = "orange" }] }, 0));
        Assert.Equal("an object moving slowly up", CaptionSentence.Of(Nothing with { Things = [Moving("up", 0.1) with { Color = null }] }, 0));
        Assert.Equal(
            "a red star moving quickly left before a blue and green background",
            CaptionSentence.Of(Nothing with { Things = [Moving("left", 0.8)], Shape = "star", Background = ["blue", "green"] }, 0));
        Assert.Equal("a red object moving", CaptionSentence.Of(Nothing with { Things = [Wandering] }, 0));
    }

    [Fact]
    public void Motion_is_a_direction_a_change_of_size_or_of_color()
    {
        Assert.Equal("a red object moving down and growing", Motion(Moving("down", 0.4) with { Growth = 1.7 }));
        Assert.Equal("a red object moving down and shrinking", Motion(Moving("down", 0.4) with { Growth = 0.6 }));
        Assert.Equal("a red object moving down", Motion(Moving("down", 0.4) with { Growth = 1.5 }));
        Assert.Equal("a red object growing", Motion(Rest with { Growth = 1.4 }));
        Assert.Equal("a red object shrinking", Motion(Rest with { Growth = 0.7 }));
        Assert.Equal("a red object turning blue", Motion(Rest with { LastColor = "blue" }));
        Assert.Equal("a red object", Motion(Rest with { LastColor = null }));
        Assert.Equal("an object", Motion(Rest with { Color = null }));
        static string Motion(SceneObject thing) => CaptionSentence.Of(Nothing with { Things = [thing] }, 0);
    }

    [Fact]
    public void Two_objects_are_described_one_by_one() => Assert.Equal(
        "a red object moving left and a blue object moving quickly right on white",
        CaptionSentence.Of(Nothing with { Things = [Moving("left", 0.4), Moving("right", 2) with { Color = "blue" }], Background = ["white"], IsPlain = true }, 0));

    [Fact]
    public void More_objects_are_counted_if_all_of_them_are_known()
    {
        SceneObject[] reds = [Moving("left", 0.4), Moving("left", 0.4), Moving("left", 0.4)];
        Assert.Equal("three red objects moving left", CaptionSentence.Of(Nothing with { Things = reds }, 0));
        Assert.Equal("several red objects moving left", CaptionSentence.Of(Nothing with { Things = reds, IsComplete = false }, 0));
        Assert.Equal(
            "three objects moving (red and blue)", CaptionSentence.Of(Nothing with { Things = [.. reds[..2], Moving("up", 0.4) with { Color = "blue" }] }, 0));
        Assert.Equal("three objects moving", CaptionSentence.Of(Nothing with { Things = [.. reds[..2], Wandering with { Color = null }] }, 0));
        Assert.Equal("three red objects standing still", CaptionSentence.Of(Nothing with { Things = [Rest, Rest, Rest], IsStill = true }, 0));
        Assert.Equal("three red objects", CaptionSentence.Of(Nothing with { Things = [Rest, Rest, Rest] }, 0));
    }

    [Fact]
    public void Objects_at_rest_are_left_out_if_another_one_moves() =>
        Assert.Equal("a red object moving left", CaptionSentence.Of(Nothing with { Things = [Moving("left", 0.4), Rest with { Color = "blue", LastColor = "blue" }] }, 0));

    /// <summary>An object that moves without a recognizable direction.</summary>
    private static SceneObject Wandering => Rest with { Trajectory = new Trajectory(null, null, 0.3) };

    private static SceneObject Moving(string way, double speed) => Rest with { Trajectory = new Trajectory(way, speed, 0.5) };

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
