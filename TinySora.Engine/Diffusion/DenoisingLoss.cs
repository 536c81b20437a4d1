using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Loss between a network's predictions for noisy clips and their targets.</summary>
/// <param name="Kind">Mean absolute or mean squared error.</param>
/// <param name="MinSnrGamma">γ of <see cref="Objectives.MinSnrWeight"/>; <c>null</c> weights all noise levels equally.</param>
public sealed record DenoisingLoss(NoiseSchedule Schedule, Objective Objective, LossKind Kind, double? MinSnrGamma = null)
{
    /// <summary>Minimum sigma that the error of x₀ is divided by, because its weight would otherwise grow without bound as sigma approaches 0 (JiT).</summary>
    private const double MinSigma = 0.05;

    /// <summary>Minimum mean change that the change at a position is divided by, which prevents a division by 0 for clips without motion.</summary>
    private const double MinChange = 1e-4;

    /// <summary>
    /// Whether the network also predicts the variance of a step, in a second set of channels. In this case, <see cref="VariationalBound"/> is added to the
    /// loss.
    /// </summary>
    public bool LearnsVariance { get; init; }

    /// <summary>
    /// Additional weight for errors where a clip changes. The weight of a position is 1 + this value · (change at the position / mean change of the clip),
    /// where the change is the standard deviation over frames, averaged over channels. The mean weight is therefore the same for every clip with motion, no
    /// matter how large the moving area is. 0 weights all positions equally. Use it only for clips without padding, because padding would count as change.
    /// </summary>
    public double MotionWeight { get; init; }

    /// <summary>Weight of the error at a noise level; <c>null</c> if it is always 1.</summary>
    private Func<NoiseLevel, double>? Weight => MinSnrGamma is double gamma ? level => Objective.MinSnrWeight(level, gamma)
        : Objective == Objective.FlowX0 ? level => Math.Pow(Math.Max(level.Sigma, MinSigma), Kind == LossKind.L2 ? -2 : -1)
        : null;

    /// <param name="x0">Clean clips (B, C, F, H, W), usually in [−1, 1].</param>
    /// <param name="noise">Standard normal noise of the same shape.</param>
    /// <param name="levels">Timestep of each clip.</param>
    /// <param name="predict">Network that maps noisy clips to a prediction (B, C, F, H, W), or (B, 2C, F, H, W) with <see cref="LearnsVariance"/>.</param>
    /// <param name="valid">Mask (B, 1, F, H, W) that is 0 for padding to ignore; <c>null</c> if nothing is padded.</param>
    /// <returns>A scalar: the mean over the valid elements of each clip, averaged over clips.</returns>
    public Tensor Compute(Tensor x0, Tensor noise, IReadOnlyList<long> levels, Func<Tensor, Tensor> predict, Tensor? valid = null)
    {
        var x = Schedule.AddNoise(x0, noise, levels);
        var output = predict(x);
        var prediction = LearnsVariance ? output.narrow(1, 0, x0.shape[1]) : output;
        var target = noise * PerClip(level => Objective.Coefficients(level).Noise) + x0 * PerClip(level => Objective.Coefficients(level).Clip);
        var weight = Weight;
        if (weight is null && !LearnsVariance && valid is null && MotionWeight == 0)
        {
            return Kind == LossKind.L2 ? nn.functional.mse_loss(prediction, target) : nn.functional.l1_loss(prediction, target);
        }

        var error = Kind == LossKind.L2 ? (prediction - target).square() : (prediction - target).abs();
        error = weight is null ? error : error * PerClip(weight);
        error = MotionWeight == 0 ? error : error * (1 + (MotionWeight * RelativeChange(x0)));
        error = LearnsVariance
            ? error + VariationalBound.Compute(Schedule, Objective, levels, x0, x, prediction.detach(), output.narrow(1, x0.shape[1], x0.shape[1]))
            : error;
        return valid is null ? error.mean() : ((error * valid).flatten(1).sum(1) / (valid.flatten(1).sum(1) * x0.shape[1])).mean();

        Tensor PerClip(Func<NoiseLevel, double> value) => Schedule.PerClip(levels, value, x0.device);
    }

    /// <summary>Returns the mean loss over noise levels of a model whose squared error is known; <c>null</c> if the loss is not a squared error.</summary>
    /// <param name="error">Mean squared error of x₀ for a ratio of Sigma to Signal.</param>
    public double? Mean(TimestepDistribution distribution, Func<double, double> error)
    {
        if (Kind != LossKind.L2 || LearnsVariance || MotionWeight != 0)
        {
            return null;
        }

        var (weight, sum, total) = (Weight, 0.0, 0.0);
        for (var t = 0; t < Schedule.Timesteps; t++)
        {
            var level = Schedule[t];
            var density = distribution.Density((t + 0.5) / Schedule.Timesteps);
            // The target is a linear function of the noisy clip and x₀.
            var scale = Objective.Determinant(level) / level.Sigma;
            total += density;
            sum += density * scale * scale * (weight?.Invoke(level) ?? 1) * error(level.Sigma / level.Signal);
        }

        return sum / total;
    }

    /// <returns>(B, 1, 1, H, W), with mean 1 over each clip that changes; 0 for clips that do not.</returns>
    private static Tensor RelativeChange(Tensor clips)
    {
        var change = clips.std([2], unbiased: false, keepdim: true).mean([1], keepdim: true);
        return change / (change.mean([3, 4], keepdim: true) + MinChange);
    }
}

public enum LossKind
{
    L1,

    L2,
}
