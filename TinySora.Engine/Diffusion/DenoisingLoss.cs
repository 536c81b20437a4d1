using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>How far a network's predictions for noisy clips are from what they should be.</summary>
/// <param name="Kind">Mean absolute or mean squared distance.</param>
/// <param name="MinSnrGamma">Of <see cref="Objectives.MinSnrWeight"/>; null: all levels count alike.</param>
public sealed record DenoisingLoss(NoiseSchedule Schedule, Objective Objective, LossKind Kind, double? MinSnrGamma = null)
{
    /// <summary>The least sigma that the error of a clean clip is divided by; below it the error would count without bound (JiT).</summary>
    private const double LeastSigma = 0.05;

    /// <summary>Keeps clips at rest from being divided by 0.</summary>
    private const double LeastChange = 1e-4;

    /// <summary>
    /// Whether the network also predicts the variance of a step, in as many further channels; <see cref="VariationalBound"/> is added then.
    /// </summary>
    public bool LearnsVariance { get; init; }

    /// <summary>
    /// How much more errors count where a clip changes. An error at a position weighs 1 + this times the change there relative to the clip's mean
    /// change, the change being the standard deviation over frames, averaged over channels. The mean weight of every clip is therefore the same, whether
    /// all of it moves or a few pixels. 0: errors count the same everywhere. For clips without padding, which would count as change.
    /// </summary>
    public double MotionWeight { get; init; }

    /// <param name="x0">Clean clips (B, C, F, H, W), as a rule in [−1, 1].</param>
    /// <param name="noise">Standard normal, like them.</param>
    /// <param name="levels">The noise level of each clip.</param>
    /// <param name="predict">The network: noisy clips to its prediction (B, C, F, H, W), with <see cref="LearnsVariance"/> (B, 2C, F, H, W).</param>
    /// <param name="valid">(B, 1, F, H, W), 0 where a clip is padding, which does not count; null: all of it counts.</param>
    /// <returns>A scalar: the mean over what counts of each clip, and over clips.</returns>
    public Tensor Of(Tensor x0, Tensor noise, IReadOnlyList<long> levels, Func<Tensor, Tensor> predict, Tensor? valid = null)
    {
        var x = Schedule.Noised(x0, noise, levels);
        var output = predict(x);
        var prediction = LearnsVariance ? output.narrow(1, 0, x0.shape[1]) : output;
        var target = noise * PerClip(level => Objective.Parts(level).Noise) + x0 * PerClip(level => Objective.Parts(level).Clip);
        Func<NoiseLevel, double>? weight = MinSnrGamma is double gamma ? level => Objective.MinSnrWeight(level, gamma)
            : Objective == Objective.FlowX0 ? level => Math.Pow(Math.Max(level.Sigma, LeastSigma), -2)
            : null;
        if (weight is null && !LearnsVariance && valid is null && MotionWeight == 0)
        {
            return Kind == LossKind.L2 ? nn.functional.mse_loss(prediction, target) : nn.functional.l1_loss(prediction, target);
        }

        var error = Kind == LossKind.L2 ? (prediction - target).square() : (prediction - target).abs();
        error = weight is null ? error : error * PerClip(weight);
        error = MotionWeight == 0 ? error : error * (1 + (MotionWeight * RelativeChange(x0)));
        error = LearnsVariance
            ? error + VariationalBound.Of(Schedule, Objective, levels, x0, x, prediction.detach(), output.narrow(1, x0.shape[1], x0.shape[1]))
            : error;
        return valid is null ? error.mean() : ((error * valid).flatten(1).sum(1) / (valid.flatten(1).sum(1) * x0.shape[1])).mean();

        Tensor PerClip(Func<NoiseLevel, double> value) => Schedule.PerClip(levels, value, x0.device);
    }

    /// <returns>(B, 1, 1, H, W), 1 on the mean over each clip that changes, 0 in clips that do not.</returns>
    private static Tensor RelativeChange(Tensor clips)
    {
        var change = clips.std([2], unbiased: false, keepdim: true).mean([1], keepdim: true);
        return change / (change.mean([3, 4], keepdim: true) + LeastChange);
    }
}

public enum LossKind
{
    L1,

    L2,
}
