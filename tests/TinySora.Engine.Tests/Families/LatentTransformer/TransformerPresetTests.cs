using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentTransformer;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The presets of the originals' runs have the originals' values; those of the Latte tutorial are compared with its files.</summary>
public sealed class TransformerPresetTests
{
    [Theory]
    [InlineData("minisora-latte", "Latte-S/2", 9.0, -0.27, 16)]
    [InlineData("minisora-latte-sd", "Latte-T/2", 0.18215, 0.0, 4)]
    public void Those_of_minisoras_Latte_are_its_published_commands(string preset, string name, double scale, double shift, int frames)
    {
        var (trainer, own) = Parse(preset);
        Assert.Equal((TransformerKind.Latte, name, false, Conditioning.None), (own.Model.Architecture, own.Model.Name, own.Model.LearnSigma, own.Model.Conditioning));
        Assert.Equal((frames, 256, 100, 10), (own.Clip.Frames, own.Clip.Height, own.Clip.SourceFrames, own.Clip.ClipsPerVideo));
        Assert.Equal((scale, shift), (own.Latents.Scale, own.Latents.Shift));
        Assert.Equal((2e-5, OptimizerKind.AdamW, 0.0, 100_000), (trainer.TrainLr, trainer.Optimizer, trainer.WeightDecay, trainer.TrainNumSteps.Steps));
        Assert.Equal((0.5, 1000, 1000, 100), (trainer.MaxGradNorm, trainer.MaxGradNormFrom, trainer.SaveModelEvery.Steps, trainer.SampleEvery.Steps));
        AssertNoise(own.Diffusion, ReverseVariance.Beta);
        Assert.Equal(7, own.Diffusion.GuidanceScale);
    }

    [Fact]
    public void That_of_minisoras_ST_DiT_is_its_published_command()
    {
        var (trainer, own) = Parse("minisora-stdit");
        Assert.Equal((TransformerKind.StDiT, 6, 768, 3, 2, 1), (own.Model.Architecture, own.Model.Depth, own.Model.HiddenSize, own.Model.NumHeads, own.Model.PatchSize, own.Model.PatchFrames));
        Assert.True(own.Model.LearnSigma);
        Assert.Equal((32, LatentNorm.All), (own.Clip.Frames, own.Latents.Normalize));
        Assert.Equal((1e-4, OptimizerKind.Adam, 2, 1.0, 10_000, 1000), (
            trainer.TrainLr, trainer.Optimizer, trainer.TrainBatchSize, trainer.MaxGradNorm, trainer.TrainNumSteps.Steps, trainer.SaveModelEvery.Steps));
        AssertNoise(own.Diffusion, ReverseVariance.Posterior);
    }

    [Fact]
    public void That_of_Open_Sora_is_its_published_script_in_the_form_in_which_patches_see_each_other()
    {
        var (trainer, own) = Parse("open-sora-dit");
        Assert.Equal((TransformerKind.DiT, "DiT-S/8", TextForm.Concat), (own.Model.Architecture, own.Model.Name, own.Model.TextForm));
        Assert.True(own.Model is { LearnSigma: true, GradCheckpoint: true, Conditioning: Conditioning.Text });
        Assert.Equal((120, 320, 480), (own.Clip.Frames, own.Clip.Height, own.Clip.Width));
        Assert.Equal((1e-4, 1, 32, new(1, true), 224), (
            trainer.TrainLr, trainer.TrainBatchSize, trainer.GradientAccumulateEvery, trainer.TrainNumSteps, trainer.SaveModelEvery.Steps));
        Assert.Equal((0.9999, 0, 1, 0.1, true), (trainer.EmaDecay, trainer.StepStartEma, trainer.UpdateEmaEvery, trainer.CondDropProb, trainer.Tensorboard));
        Assert.Equal((250, 4.0), (own.Diffusion.SamplingSteps, own.Diffusion.GuidanceScale));
        AssertNoise(own.Diffusion, ReverseVariance.Posterior);
    }

    [Theory]
    [InlineData("shapes-latent")]
    [InlineData("shapes-pixels")]
    public void Those_of_the_shapes_world_have_its_clips_and_obey_text(string preset)
    {
        var (_, own) = Parse(preset);
        Assert.Equal((5, 32, Conditioning.Text), (own.Clip.Frames, own.Clip.Height, own.Model.Conditioning));
        Assert.Equal(preset == "shapes-pixels", own.Latents.IsPixels);
    }

    /// <summary>Improved DDPM's.</summary>
    private static void AssertNoise(LatentDiffusionConfig noise, ReverseVariance variance)
    {
        Assert.Equal((1000, Objective.Noise, NoisePath.Linear, SamplerKind.Ddpm), (noise.Timesteps, noise.Objective, noise.NoiseSchedule, noise.Sampler));
        Assert.Equal((variance, StepSpacing.Even), (noise.Variance, noise.Spacing));
    }

    private static (TrainerConfig Trainer, LatentTransformerConfig Own) Parse(string preset)
    {
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        return (config.Trainer, LatentTransformerConfig.Of(config));
    }
}
