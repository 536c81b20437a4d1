using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// The learning rate as a pure function of the step, or of the time spent where the run is given time: nothing to drift on resume. That time, and
/// what <see cref="PlateauSchedule"/> adds, are part of a checkpoint.
/// </summary>
public static class LearningRate
{
    /// <param name="config">Its spans in steps.</param>
    /// <param name="step">Steps completed before this one, from 0.</param>
    /// <param name="spent">Of train_minutes; without those it says nothing.</param>
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
    /// Half a cosine from the end of the warm-up to the end of the decay (Loshchilov and Hutter 2017, without restarts). Of a run that is given time
    /// it goes over all of that, and the steps of the warm-up lie on its beginning: nobody knows before how long they will take.
    /// </summary>
    private static double Cosine(TrainerConfig config, int step, TimeSpan spent)
    {
        var progress = config is { TrainMinutes: double minutes, LrDecaySteps: null } ? spent.TotalMinutes / minutes : StepsDone(config, step);
        var share = 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1.0, progress)));
        return config.TrainLr * (config.LrFinalFactor + ((1 - config.LrFinalFactor) * share));
    }

    /// <summary>The share of the steps between warm-up and the end of the decay that are done.</summary>
    private static double StepsDone(TrainerConfig config, int step) =>
        (double)(step - config.WarmupSteps) / Math.Max(1, (config.LrDecaySteps ?? config.TrainNumSteps.Steps) - config.WarmupSteps);
}

/// <summary>
/// Lowers the rate when validations no longer improve, as PyTorch's ReduceLROnPlateau: more than lr_patience of them without a value
/// better by a ten-thousandth. What it remembers is part of a checkpoint.
/// </summary>
/// <param name="Best">The best value so far; null before the first.</param>
/// <param name="Waited">Validations since then, or since the rate was last lowered.</param>
/// <param name="Factor">What the rate is multiplied by now.</param>
public sealed record PlateauSchedule(double? Best = null, int Waited = 0, double Factor = 1)
{
    /// <summary>PyTorch's, there of the rate itself.</summary>
    private const double LeastStep = 1e-8;

    /// <summary>The schedule after one more validation.</summary>
    public PlateauSchedule After(double value, BestMetric metric, TrainerConfig config) =>
        metric.IsClearlyBetter(value, Best) ? this with { Best = value, Waited = 0 }
        : Waited < config.LrPatience ? this with { Waited = Waited + 1 }
        : this with { Waited = 0, Factor = Lowered(Factor * config.LrPlateauFactor) };

    /// <summary>A factor that is next to nothing stays, before it is nothing.</summary>
    private double Lowered(double factor) => Factor - factor > LeastStep ? factor : Factor;
}
