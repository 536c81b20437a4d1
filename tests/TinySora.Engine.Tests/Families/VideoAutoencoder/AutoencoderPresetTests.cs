using TinySora.Engine.Configuration;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Training;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>The presets of the originals' runs have the originals' values.</summary>
public sealed class AutoencoderPresetTests
{
    [Theory]
    [InlineData("minisora-vqvae", "s4t4_b_vq", 0.01)]
    [InlineData("minisora-vae", "vae_s4t4_b", 0.1)]
    public void Those_of_minisora_are_its_published_commands(string preset, string variant, double kl)
    {
        var (trainer, own) = Parse(preset);
        Assert.Equal((variant, 4, 32, 256), (own.Model.NetworkVariant, own.Model.EmbeddingDim, own.Clip.SequenceLength, own.Clip.Resolution));
        Assert.Equal((kl, 0.25), (own.Loss.KlLossWeight, own.Loss.CommitmentCost));
        Assert.Equal((0.001, 2, 8, 0.25, 1234), (trainer.TrainLr, trainer.TrainBatchSize, trainer.GradientAccumulateEvery, trainer.LimitValBatches, trainer.Seed));
        Assert.Equal((new(150, true), new(5, true), new(1, true)), (trainer.TrainNumSteps, trainer.SaveModelEvery, trainer.ValidateEvery));
        Assert.Equal((LearningRateSchedule.Plateau, 5, 0.5, "val.recon"), (trainer.LrSchedule, trainer.LrPatience, trainer.LrPlateauFactor, trainer.BestBy));
        Assert.Equal(preset == "minisora-vqvae" ? (5120, 0.1) : (2048, 0), (own.Model.NCodes, own.Loss.LowUtilizationCost));
    }

    /// <summary>PyTorch's ReduceLROnPlateau with a patience of five, as in the published code.</summary>
    [Theory]
    [InlineData("minisora-vqvae")]
    [InlineData("minisora-vae")]
    public void Those_of_minisora_halve_the_rate_at_the_sixth_validation_without_a_better_one(string preset)
    {
        var (trainer, _) = Parse(preset);
        var schedule = new PlateauSchedule();
        var factors = Enumerable.Repeat(1.0, 14)
            .Select(value => (schedule = schedule.After(value, BestMetric.Parse(trainer.BestBy), trainer)).Factor).ToList();
        Assert.Equal([1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25], factors);
    }

    [Fact]
    public void That_of_VideoGPT_is_its_training()
    {
        var (trainer, own) = Parse("videogpt-vqvae");
        var model = own.Model;
        Assert.Equal(("videogpt", 256, 2048, 240, 4), (model.NetworkVariant, model.EmbeddingDim, model.NCodes, model.NHiddens, model.NResLayers));
        Assert.Equal([2, 4, 4], model.Downsample);
        Assert.Equal((16, 64, 0.06, 0.25), (own.Clip.SequenceLength, own.Clip.Resolution, own.Loss.ReconVariance, own.Loss.CommitmentCost));
        Assert.Equal((3e-4, 32, 200_000, 1.0), (trainer.TrainLr, trainer.TrainBatchSize, trainer.TrainNumSteps.Steps, trainer.MaxGradNorm));
        Assert.Equal((0.9, 0.999, OptimizerKind.Adam), (trainer.AdamBeta1, trainer.AdamBeta2, trainer.Optimizer));
    }

    [Theory]
    [InlineData("shapes-vae")]
    [InlineData("shapes-fsq")]
    public void Those_of_the_shapes_world_have_its_clips_and_a_quarter_of_the_sides(string preset)
    {
        var (trainer, own) = Parse(preset);
        Assert.Equal((4, 4), (own.Variant.Stride(own.Model).Height, own.Variant.Stride(own.Model).Width));
        Assert.Equal((5, 32, 1), (own.Clip.SequenceLength, own.Clip.Resolution, own.Variant.Stride(own.Model).Frames));
        Assert.Equal(0, trainer.TrainNumSteps.Steps % trainer.ValidateEvery.Steps);
    }

    /// <summary>The originals average no weights: here the average is the weights.</summary>
    [Theory]
    [InlineData("minisora-vqvae")]
    [InlineData("minisora-vae")]
    [InlineData("videogpt-vqvae")]
    public void Weights_are_not_averaged(string preset)
    {
        var (trainer, _) = Parse(preset);
        Assert.Equal((0.0, 0, 1), (trainer.EmaDecay, trainer.StepStartEma, trainer.UpdateEmaEvery));
    }

    private static (TrainerConfig Trainer, VideoAutoencoderConfig Own) Parse(string preset)
    {
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        return (config.Trainer, VideoAutoencoderConfig.Of(config));
    }
}
