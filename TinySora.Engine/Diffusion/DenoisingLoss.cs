using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>How far a network's predictions for noisy clips are from what they should be.</summary>
/// <param name="Kind">Mean absolute or mean squared distance.</param>
/// <param name="MinSnrGamma">Of <see cref="Objectives.MinSnrWeight"/>; null: all levels count alike.</param>
public sealed record DenoisingLoss(NoiseSchedule Schedule, Objective Objective, LossKind Kind, double? MinSnrGamma = null)
{
    /// <param name="x0">Clean clips (B, C, F, H, W) in [−1, 1].</param>
    /// <param name="noise">Standard normal, like them.</param>
    /// <param name="levels">The noise level of each clip.</param>
    /// <param name="predict">The network: noisy clips to its prediction.</param>
    /// <returns>A scalar.</returns>
    public Tensor Of(Tensor x0, Tensor noise, IReadOnlyList<long> levels, Func<Tensor, Tensor> predict)
    {
        var prediction = predict(x0 * PerClip(level => level.Signal) + noise * PerClip(level => level.Sigma));
        var target = noise * PerClip(level => Objective.Parts(level).Noise) + x0 * PerClip(level => Objective.Parts(level).Clip);
        if (MinSnrGamma is double gamma)
        {
            return ((prediction - target).square() * PerClip(level => Objective.MinSnrWeight(level, gamma))).mean();
        }

        return Kind == LossKind.L2 ? nn.functional.mse_loss(prediction, target) : nn.functional.l1_loss(prediction, target);

        // (B, 1, 1, 1, 1)
        Tensor PerClip(Func<NoiseLevel, double> value) =>
            tensor(levels.Select(t => (float)value(Schedule[(int)t])).ToArray()).view(-1, 1, 1, 1, 1).to(x0.device);
    }
}
