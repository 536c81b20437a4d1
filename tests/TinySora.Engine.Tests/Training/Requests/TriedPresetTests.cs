using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Requests;

public sealed class TriedPresetTests
{
    private static readonly TriedPreset Preset = new("made up", [(100, 20), (400, 60)]);

    [Theory]
    [InlineData(50, 10)]
    [InlineData(100, 20)]
    [InlineData(200, 40)]
    [InlineData(400, 60)]
    [InlineData(4000, 60)]
    public void What_is_obeyed_lies_between_what_was_measured_and_is_not_made_up_beyond(double steps, double obeyed) =>
        Assert.Equal(obeyed, Preset.Obeyed(steps), 9);

    /// <summary>Steps a second of two quiet cores with AVX-512 and bfloat16, and a slower machine; what docs/training.md promises for them.</summary>
    [Theory]
    [InlineData(1, 0.5, "shapes-lean")]
    [InlineData(1, 3, "shapes-lean")]
    [InlineData(1, 10, "shapes-lean")]
    [InlineData(1, 60, "shapes-lean")]
    [InlineData(4, 2, "shapes-lean")]
    [InlineData(4, 40, "shapes-lean")]
    public void The_preset_is_taken_that_obeys_most_after_the_time(double slower, double minutes, string name)
    {
        var seconds = new Dictionary<string, double>
        {
            ["shapes-quick"] = 0.08 * slower, ["shapes-lean"] = 0.04 * slower, ["shapes-small"] = 0.22 * slower,
        };
        var (preset, steps) = TriedPreset.Best(seconds, TimeSpan.FromMinutes(minutes));
        Assert.Equal(name, preset.Name);
        Assert.Equal(minutes * 60 / seconds[name], steps, 6);
    }

    [Fact]
    public void Preset_whose_steps_take_too_long_is_passed_over() => Assert.Equal(
        "shapes-quick",
        TriedPreset.Best(new Dictionary<string, double> { ["shapes-quick"] = 0.02, ["shapes-lean"] = 0.2 }, TimeSpan.FromMinutes(3)).Preset.Name);

    [Fact]
    public void Preset_that_was_not_measured_is_not_taken() =>
        Assert.Equal("shapes-small", TriedPreset.Best(new Dictionary<string, double> { ["shapes-small"] = 100 }, TimeSpan.FromMinutes(1)).Preset.Name);

    [Fact]
    public void All_are_presets_with_results_in_the_order_of_their_steps() => Assert.All(TriedPreset.All, preset =>
    {
        Assert.Contains(preset.Name, Presets.Names);
        Assert.Equal(preset.Results.Select(result => result.Steps).Order(), preset.Results.Select(result => result.Steps));
        Assert.InRange(ConfigFile.Parse(Presets.Text(preset.Name), preset.Name).Trainer.WarmupSteps, 0, 2 * TriedPreset.FewestSteps);
    });
}
