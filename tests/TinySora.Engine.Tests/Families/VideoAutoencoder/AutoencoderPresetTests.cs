using TinySora.Engine.Configuration;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Checks our own presets; PublishedPresetTests compares those of the originals with their commands.</summary>
public sealed class AutoencoderPresetTests
{
    /// <summary>The published code uses PyTorch's ReduceLROnPlateau with a patience of five.</summary>
    [Theory]
    [InlineData("minisora-vqvae")]
    [InlineData("minisora-vae")]
    public void Presets_of_minisora_halve_the_learning_rate_after_six_validations_without_improvement(string preset)
    {
        var trainer = ConfigFile.Parse(Presets.Text(preset), preset).Trainer;
        var schedule = new PlateauSchedule();
        var factors = Enumerable.Repeat(1.0, 14)
            .Select(value => (schedule = schedule.Update(value, BestMetric.Parse(trainer.BestBy), trainer)).Factor).ToList();
        Assert.Equal([1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25], factors);
    }

    [Theory]
    [InlineData("shapes-vae", 4)]
    [InlineData("shapes-fsq", 8)]
    public void Presets_of_the_shapes_world_fit_its_clips_and_divide_their_sides(string preset, int stride)
    {
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        var (trainer, own) = (config.Trainer, config.Of<VideoAutoencoderConfig>().Family);
        Assert.Equal((stride, stride), (own.Variant.Stride(own.Model).Height, own.Variant.Stride(own.Model).Width));
        Assert.Equal((5, 32, 1), (own.Clip.Frames, own.Clip.Height, own.Variant.Stride(own.Model).Frames));
        Assert.Equal(0, trainer.TrainNumSteps.Steps % trainer.ValidateEvery.Steps);
    }
}
