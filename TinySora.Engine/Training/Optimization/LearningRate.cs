using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// Computes the learning rate as a pure function of the step or, if the run has a time budget, of the time spent. Resuming a run therefore does not change
/// it. Checkpoints store the time spent and the state of <see cref="PlateauSchedule"/>.
/// </summary>
public static class LearningRate
{
    /// <param name="config">Trainer configuration in which every span is converted to steps.</param>
    /// <param name="step">Number of steps completed before this one.</param>
    /// <param name="spent">Part of <c>train_minutes</c> that the run has already used; ignored if that key is not set.</param>
    public static double At(TrainerConfig config, int step, TimeSpan spent = default)
    {
        if (step < config.WarmupSteps)
        {
            return config.TrainLr * (step + 1) / (config.WarmupSteps + 1);
        }

        return config.LrSchedule switch
        {
            LearningRateSchedule.Constant or LearningRateSchedule.Plateau => config.TrainLr,
            LearningRateSchedule.Cosine => Cosine(config, step, spent),
            _ => throw new NotSupportedException($"{config.LrSchedule}"),
        };
    }

    /// <summary>
    /// Returns the factor of the cosine schedule, half a cosine from the end of the warm-up to the end of the decay (Loshchilov and Hutter 2017, without
    /// restarts). With a time budget, the cosine spans the whole budget, including the warm-up, whose duration is not known in advance.
    /// </summary>
    private static double Cosine(TrainerConfig config, int step, TimeSpan spent)
    {
        var progress = config is { TrainMinutes: double minutes, LrDecaySteps: null } ? spent.TotalMinutes / minutes : StepsDone(config, step);
        var share = 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1.0, progress)));
        return config.TrainLr * (config.LrFinalFactor + ((1 - config.LrFinalFactor) * share));
    }

    /// <summary>Returns the completed fraction of the steps between the end of the warm-up and the end of the decay.</summary>
    private static double StepsDone(TrainerConfig config, int step) =>
        (double)(step - config.WarmupSteps) / Math.Max(1, (config.LrDecaySteps ?? config.TrainNumSteps.Steps) - config.WarmupSteps);
}

/// <summary>
/// Lowers the learning rate when validation results stop improving, like PyTorch's ReduceLROnPlateau: after more than <c>lr_patience</c> validations without an
/// improvement of 0.01 %. The state is stored in checkpoints.
/// </summary>
/// <param name="Best">Best value so far; <c>null</c> before the first validation.</param>
/// <param name="Waited">Number of validations since the best value was measured or the learning rate was lowered, whichever is later.</param>
/// <param name="Factor">Current factor by which the learning rate is multiplied.</param>
public sealed record PlateauSchedule(double? Best = null, int Waited = 0, double Factor = 1)
{
    /// <summary>Minimum change of the factor. PyTorch has the same default, but applies it to the learning rate itself.</summary>
    private const double MinStep = 1e-8;

    /// <summary>Returns the schedule after one more validation.</summary>
    public PlateauSchedule Update(double value, BestMetric metric, TrainerConfig config) =>
        metric.IsClearlyBetter(value, Best) ? this with { Best = value, Waited = 0 }
        : Waited < config.LrPatience ? this with { Waited = Waited + 1 }
        : this with { Waited = 0, Factor = Lowered(Factor * config.LrPlateauFactor) };

    /// <summary>Returns the lowered factor, or the current factor if the difference is negligible.</summary>
    private double Lowered(double factor) => Factor - factor > MinStep ? factor : Factor;
}
