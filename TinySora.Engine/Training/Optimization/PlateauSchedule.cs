using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

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
