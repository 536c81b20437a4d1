using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// The learning rate as a pure function of the step: nothing to save, nothing to drift on resume. What <see cref="PlateauSchedule"/> adds
/// to it is part of a checkpoint.
/// </summary>
public static class LearningRate
{
    /// <param name="config">Its spans in steps.</param>
    /// <param name="step">Steps completed before this one, from 0.</param>
    public static double At(TrainerConfig config, int step)
    {
        if (step < config.WarmupSteps)
        {
            return config.TrainLr * (step + 1) / (config.WarmupSteps + 1);
        }

        return config.LrSchedule switch
        {
            LearningRateSchedule.Constant or LearningRateSchedule.Plateau => config.TrainLr,
            LearningRateSchedule.Cosine => Cosine(config, step),
            _ => throw new NotSupportedException($"{config.LrSchedule}"),
        };
    }

    /// <summary>Half a cosine from the end of the warm-up to the end of the decay (Loshchilov and Hutter 2017, without restarts).</summary>
    private static double Cosine(TrainerConfig config, int step)
    {
        var length = Math.Max(1, (config.LrDecaySteps ?? config.TrainNumSteps.Steps) - config.WarmupSteps);
        var progress = Math.Min(1.0, (double)(step - config.WarmupSteps) / length);
        var share = 0.5 * (1 + Math.Cos(Math.PI * progress));
        return config.TrainLr * (config.LrFinalFactor + ((1 - config.LrFinalFactor) * share));
    }
}
