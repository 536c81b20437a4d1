using TinySora.Engine.Errors;
using TinySora.Engine.Families;

namespace TinySora.Engine.Tests.Families;

public sealed class GenerationSettingsTests
{
    [Theory]
    [InlineData(null, 100)]
    [InlineData(0.1, 10000)]
    [InlineData(24.0, 42)]
    [InlineData(100.0, 10)]
    public void Duration_of_a_frame_follows_from_the_frame_rate(double? rate, int milliseconds) => Assert.Equal(milliseconds, With(Setting.FramesPerSecond, rate).FrameMilliseconds);

    [Theory]
    [InlineData(0.09)]
    [InlineData(101.0)]
    [InlineData(double.NaN)]
    public void Rate_is_limited(double rate)
    {
        var error = Assert.Throws<TinySoraException>(() => With(Setting.FramesPerSecond, rate).FrameMilliseconds);
        Assert.Equal("TinySora.Generation.BadSetting", error.Id);
        Assert.Contains("FramesPerSecond", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Guidance_is_that_of_the_request_or_of_the_configuration()
    {
        Assert.Equal(3, With(Setting.GuidanceScale, null).Guidance(3));
        Assert.Equal(5, With(Setting.GuidanceScale, 5.0).Guidance(3));
        Assert.Equal("TinySora.Generation.BadGuidance", Assert.Throws<TinySoraException>(() => With(Setting.GuidanceScale, double.PositiveInfinity).Guidance(3)).Id);
    }

    [Fact]
    public void Sizes_are_separated_from_other_settings()
    {
        var values = new Dictionary<string, object>
        {
            [Setting.Frames] = 8, [Setting.Height] = 16, [Setting.Width] = 24, [Setting.FramesPerSecond] = 5.0, [Setting.Steps] = 9, [Setting.Sampler] = "ddim",
        };
        var settings = new GenerationSettings { Values = values };
        Assert.Equal(["Frames", "FramesPerSecond", "Height", "Width"], settings.Sizes.Keys.Order());
        Assert.Equal((9, "ddim", null, null), (settings.Value<int>(Setting.Steps), settings.Text(Setting.Sampler), settings.Value<int>(Setting.TopK), settings.Text(Setting.TopP)));
    }

    private static GenerationSettings With(string name, object? value) =>
        new() { Values = value is null ? new Dictionary<string, object>() : new Dictionary<string, object> { [name] = value } };
}
