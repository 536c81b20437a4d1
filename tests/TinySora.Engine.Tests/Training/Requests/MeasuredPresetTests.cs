using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Requests;

public sealed class MeasuredPresetTests
{
    private static readonly MeasuredPreset Preset = new("made up", null, null, [Result(100, 60, 0, 0), Result(400, 90, 30, 60)]);

    [Theory]
    [InlineData(50, 10)]
    [InlineData(100, 20)]
    [InlineData(200, 40)]
    [InlineData(400, 60)]
    [InlineData(4000, 60)]
    public void Adherence_is_interpolated_between_measurements_and_not_extrapolated(double steps, double obeyed) =>
        Assert.Equal(obeyed, Preset.Predict(steps).Mean, 9);

    /// <summary>Seconds per step on two idle cores with AVX-512 and bfloat16, and on a slower machine; docs/training.md lists the resulting presets.</summary>
    [Theory]
    [InlineData(1, 0.5, "shapes-lean")]
    [InlineData(1, 3, "shapes-lean")]
    [InlineData(1, 10, "shapes-lean")]
    [InlineData(1, 60, "shapes-lean")]
    [InlineData(4, 2, "shapes-lean")]
    [InlineData(4, 40, "shapes-lean")]
    public void Preset_with_the_highest_adherence_after_the_time_is_chosen(double slower, double minutes, string name)
    {
        var (preset, steps) = Best(minutes, ("shapes-quick", 0.08 * slower), ("shapes-lean", 0.04 * slower), ("shapes-small", 0.22 * slower));
        Assert.Equal(name, preset.Name);
        Assert.Equal(minutes * 60 / (0.04 * slower), steps, 6);
    }

    [Fact]
    public void Aspects_count_as_learned_only_if_measured()
    {
        Assert.Equal([("colors", 75.0), ("motions", 15), ("shapes", 30)], Preset.Predict(200).Aspects);
        Assert.Null(Preset.StepsToLearn());
        var learned = new MeasuredPreset("made up", null, null, [Result(100, 60, 0, 0), Result(1600, 100, 80, 100)]).StepsToLearn();
        Assert.InRange(learned!.Value, 1600, 1700);
    }

    [Fact]
    public void Preset_whose_steps_take_too_long_is_skipped() =>
        Assert.Equal("shapes-quick", Best(3, ("shapes-quick", 0.02), ("shapes-lean", 0.2)).Preset.Name);

    [Fact]
    public void Preset_without_a_measurement_is_not_chosen() =>
        Assert.Equal("shapes-small", Best(1, ("shapes-small", 100)).Preset.Name);

    [Fact]
    public void Candidates_are_presets_with_results_in_the_order_of_their_steps() => Assert.All([.. MeasuredPreset.All, .. MeasuredPreset.FineTuned, MeasuredPreset.Videos], preset =>
    {
        Assert.Contains(preset.Name, Presets.Names);
        Assert.Equal(preset.Results.Select(result => result.Steps).Order(), preset.Results.Select(result => result.Steps));
        Assert.InRange(ConfigFile.Parse(Presets.Text(preset.Name), preset.Name).Trainer.WarmupSteps, 0, 2 * MeasuredPreset.MinSteps);
    });

    [Fact]
    public void Each_bundled_model_is_fine_tuned_on_clips_of_its_world() => Assert.Equal(
        [("shapes-lean", ClipWorld.Shapes), ("emoji", ClipWorld.Sprites)], MeasuredPreset.FineTuned.Select(preset => (preset.Start!, preset.World)));

    [Fact]
    public void Preset_for_videos_is_not_offered_for_shapes()
    {
        Assert.Equal("films", MeasuredPreset.Videos.Name);
        Assert.DoesNotContain(MeasuredPreset.Videos, MeasuredPreset.All);
        Assert.Equal(["motions", "scenes"], MeasuredPreset.Videos.Results[0].Aspects.Select(aspect => aspect.Name));
    }

    private static MeasuredResult Result(int steps, double colors, double motions, double shapes) =>
        new(steps, [("colors", colors), ("motions", motions), ("shapes", shapes)]);

    private static (MeasuredPreset Preset, double Steps) Best(double minutes, params (string Name, double SecondsPerStep)[] costs) => MeasuredPreset.Best(
        costs.Select(cost => (MeasuredPreset.All.Single(preset => preset.Name == cost.Name), cost.SecondsPerStep)), TimeSpan.FromMinutes(minutes));
}
