using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Tests.Training.Optimization;

public sealed class LearningRateTests
{
    [Fact]
    public void Rate_is_constant_without_a_schedule()
    {
        var config = new TrainerConfig { TrainLr = 0.5 };
        Assert.All(Enumerable.Range(0, 20000), step => Assert.Equal(0.5, LearningRate.At(config, step)));
    }

    [Fact]
    public void Warm_up_rises_linearly_and_is_never_zero()
    {
        var config = new TrainerConfig { TrainLr = 1, WarmupSteps = 4 };
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 1, 1], Enumerable.Range(0, 6).Select(step => LearningRate.At(config, step)));
    }

    [Fact]
    public void Cosine_falls_to_its_final_share_and_stays_there()
    {
        var config = new TrainerConfig
        {
            TrainLr = 2, WarmupSteps = 10, LrSchedule = LearningRateSchedule.Cosine, LrFinalFactor = 0.1, TrainNumSteps = 110,
        };

        Assert.Equal(2, LearningRate.At(config, 10), 12);
        Assert.Equal(2 * (0.1 + (0.9 * 0.5)), LearningRate.At(config, 60), 12);
        Assert.Equal(0.2, LearningRate.At(config, 110), 12);
        Assert.Equal(0.2, LearningRate.At(config, 5000), 12);
    }

    [Fact]
    public void Cosine_ends_at_the_configured_step_however_long_training_lasts()
    {
        // nanoGPT's formula with minisora's values: min + (1 + cos(pi (it - warmup) / (decay - warmup))) / 2 (max - min).
        var config = new TrainerConfig
        {
            TrainLr = 5e-4, WarmupSteps = 100, LrSchedule = LearningRateSchedule.Cosine, LrFinalFactor = 0.2, LrDecaySteps = 5000, TrainNumSteps = 50000,
        };

        Assert.Equal(5e-4, LearningRate.At(config, 100), 12);
        Assert.Equal(4.480556e-4, LearningRate.At(config, 1250), 9);
        Assert.Equal(3e-4, LearningRate.At(config, 2550), 12);
        Assert.Equal(1e-4, LearningRate.At(config, 5000), 12);
        Assert.Equal(1e-4, LearningRate.At(config, 40000), 12);
    }
}
