using TinySora.Engine.Configuration;
using TinySora.Engine.Families.TokenModel;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>The presets of minisora's runs have the values of its published commands.</summary>
public sealed class TokenPresetTests
{
    [Theory]
    [InlineData("minisora-nanogpt", TokenModelKind.NanoGpt, 10_000_000, 2000, 100)]
    [InlineData("minisora-mdgpt", TokenModelKind.MdGpt, 100_000_000, 1000, null)]
    public void Those_of_its_GPTs_have_them(string preset, TokenModelKind kind, int steps, int sampleEvery, int? topK)
    {
        var (trainer, own) = Parse(preset);
        Assert.Equal((kind, 8, 6, 768, 512, 0.2), (
            own.Model.Architecture, own.Model.NLayer, own.Model.NHead, own.Model.NEmbd, own.Model.BlockSize, own.Model.Dropout));
        Assert.Equal(kind == TokenModelKind.MdGpt, own.Model is { OnlyPredictLast: true, Use1dPosEmb: true, SparseBlockSize: 512 });
        Assert.Equal((5e-4, 0.99, 0.1, 2, 1.0), (trainer.TrainLr, trainer.AdamBeta2, trainer.WeightDecay, trainer.WeightDecayFromAxes, trainer.MaxGradNorm));
        Assert.Equal((100, 5000, 0.2), (trainer.WarmupSteps, trainer.LrDecaySteps, trainer.LrFinalFactor));
        Assert.Equal((8, 4, steps, 250, 100.0), (
            trainer.TrainBatchSize, trainer.GradientAccumulateEvery, trainer.TrainNumSteps.Steps, trainer.ValidateEvery.Steps, trainer.LimitValBatches));
        AssertCommon(trainer, own, sampleEvery, topK);
    }

    [Fact]
    public void That_of_its_Mamba_has_them()
    {
        var (trainer, own) = Parse("minisora-mamba");
        Assert.Equal((TokenModelKind.Mamba, 32, 1280, 512), (own.Model.Architecture, own.Model.NLayer, own.Model.NEmbd, own.Model.BlockSize));
        Assert.Equal((5e-4, 0.999, 0.01, 0, 1.0), (trainer.TrainLr, trainer.AdamBeta2, trainer.WeightDecay, trainer.WeightDecayFromAxes, trainer.MaxGradNorm));
        Assert.Equal(LearningRateSchedule.Constant, trainer.LrSchedule);
        Assert.Equal((8, 1, 50_000, 100, 20.0), (
            trainer.TrainBatchSize, trainer.GradientAccumulateEvery, trainer.TrainNumSteps.Steps, trainer.ValidateEvery.Steps, trainer.LimitValBatches));
        AssertCommon(trainer, own, 1000, null);
    }

    private static void AssertCommon(TrainerConfig trainer, TokenModelConfig own, int sampleEvery, int? topK)
    {
        Assert.Equal((32, 256), (own.Clip.Frames, own.Clip.Height)); // eight frames of 64 x 64 tokens
        Assert.Equal((OptimizerKind.AdamW, "val.loss", sampleEvery), (trainer.Optimizer, trainer.BestBy, trainer.SampleEvery.Steps));
        Assert.Equal((1.0, topK, null), (own.Sampling.Temperature, own.Sampling.TopK, own.Sampling.TopP));
    }

    private static (TrainerConfig Trainer, TokenModelConfig Own) Parse(string preset)
    {
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        return (config.Trainer, TokenModelConfig.Of(config));
    }
}
