using TinySora.Engine.Configuration;
using TinySora.Engine.Training;

namespace TinySora.Engine.Tests.Training;

public sealed class LearningRateTests
{
    [Fact]
    public void Rate_is_constant_without_a_schedule()
    {
        var config = new TrainerConfig { TrainLr = 0.5 };
        Assert.All(Enumerable.Range(0, 20000), step => Assert.Equal(0.5, LearningRate.At(config, step)));
    }

    [Fact]
    public void Warm_up_rises_linearly_and_never_stands_at_zero()
    {
        var config = new TrainerConfig { TrainLr = 1, WarmupSteps = 4 };
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 1, 1], Enumerable.Range(0, 6).Select(step => LearningRate.At(config, step)));
    }

    [Fact]
    public void Cosine_falls_from_the_rate_to_its_final_share_and_stays_there()
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
}
