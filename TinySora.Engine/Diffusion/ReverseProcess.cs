using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Samples clips from noise, step by step.</summary>
/// <param name="Percentile">Percentile of dynamic thresholding, see <see cref="Thresholding"/>; <c>null</c> clamps predicted x₀ to [−1, 1].</param>
public sealed record ReverseProcess(
    NoiseSchedule Schedule, Objective Objective, ISampler Sampler, int Steps, double? Percentile = null)
{
    /// <summary>Whether predicted x₀ is limited to [−1, 1]; <c>false</c> for latents, which exceed that range.</summary>
    public bool ClampsX0 { get; init; } = true;

    public StepSpacing Spacing { get; init; }

    /// <summary>Variance of the noise added in a step. If the variance is learned, the network predicts it in a second set of channels.</summary>
    public ReverseVariance Variance { get; init; }

    /// <param name="predict">Network that maps noisy clips (B, C, F, H, W) and their timestep to a prediction.</param>
    /// <param name="noise">Random numbers for the starting point and for the noise that steps add.</param>
    /// <param name="start">Starting point; <c>null</c> to start from pure noise.</param>
    /// <param name="stepDone">Receives the number of completed steps.</param>
    /// <param name="seen">Receives the result of each step. Its tensors are only valid during the call.</param>
    /// <returns>Clips (B, C, F, H, W), which <see cref="Pixels"/> maps to [0, 1].</returns>
    /// <exception cref="TinySoraException">TinySora.Model.StepsOutOfRange.</exception>
    public Tensor Run(
        Func<Tensor, int, Tensor> predict, Func<Tensor> noise, SamplingStart? start = null, IProgress<int>? stepDone = null,
        Action<SamplingStepResult>? seen = null, CancellationToken ct = default)
    {
        var above = start is null ? Schedule.Timesteps : start.Timestep + 1;
        if (Steps < Math.Min(1, above) || Steps > above)
        {
            throw ModelErrors.StepsOutOfRange(Steps, above);
        }

        var levels = NoiseSchedule.GetSamplingTimesteps(above, Steps, Spacing);
        var x = start is null ? noise() : Schedule[start.Timestep].AddNoise(start.Clips, noise());
        (NoiseLevel From, Tensor X0)? last = null;
        for (var i = 0; i < levels.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            var (t, s) = (levels[i], i + 1 < levels.Length ? levels[i + 1] : -1);
            var (previous, guessed) = (x, last);
            using (NewDisposeScope())
            {
                var (x0, variance) = PredictX0(predict, x, t);
                var step = new SamplingStep(Schedule[t], Schedule[s], x, x0, last, next => PredictX0(predict, next, s).X0, noise)
                {
                    Variance = s < 0 ? null : VarianceOf(Schedule[t], Schedule[s], variance),
                };
                x = Sampler.Step(step).MoveToOuterDisposeScope();
                last = (step.From, x0.MoveToOuterDisposeScope());
                seen?.Invoke(new(i + 1, x0, x));
            }

            previous.Dispose();
            guessed?.X0.Dispose();
            stepDone?.Report(i + 1);
        }

        last?.X0.Dispose();
        return x;
    }

    /// <summary>Maps clips from [−1, 1] to [0, 1].</summary>
    public static Tensor Pixels(Tensor x) => (x + 1).mul(0.5).clamp(0, 1);

    private (Tensor X0, Tensor? Variance) PredictX0(Func<Tensor, int, Tensor> predict, Tensor x, int t)
    {
        var output = predict(x, t);
        var (prediction, variance) = Variance == ReverseVariance.Learned
            ? (output.narrow(1, 0, x.shape[1]), output.narrow(1, x.shape[1], x.shape[1]))
            : (output, null);
        var x0 = Objective.PredictedX0(x, prediction, Schedule[t]);
        return (ClampsX0 ? Thresholding.Apply(x0, Percentile) : x0, variance);
    }

    private Tensor? VarianceOf(NoiseLevel from, NoiseLevel to, Tensor? variance) => Variance switch
    {
        ReverseVariance.Beta => tensor((float)from.AddedVariance(to)),
        ReverseVariance.Learned => VariationalBound.LogVariance(
            variance!, tensor((float)Math.Log(Math.Max(from.Posterior(to).Variance, 1e-20))), tensor((float)Math.Log(from.AddedVariance(to)))).exp(),
        _ => null,
    };
}

/// <summary>Variance of the noise that a step of ancestral sampling adds.</summary>
public enum ReverseVariance
{
    /// <summary>Posterior variance β̃, exact for a known clean clip (Ho et al. 2020).</summary>
    Posterior,

    /// <summary>Variance β, exact for standard normal clips ("fixed large" in Ho et al. 2020).</summary>
    Beta,

    /// <summary>Variance predicted by the network for each element, as a logarithmic interpolation between β̃ and β (Nichol and Dhariwal 2021).</summary>
    Learned,
}

/// <param name="Done">Number of completed steps, including this one.</param>
/// <param name="PredictedX0">Predicted x₀ used in this step, (B, C, F, H, W).</param>
/// <param name="Sample">Noisy clips after the step; after the last step, the result.</param>
public readonly record struct SamplingStepResult(int Done, Tensor PredictedX0, Tensor Sample);

/// <summary>Limits predicted x₀ to [−1, 1].</summary>
public static class Thresholding
{
    /// <param name="x0">Predicted x₀ (B, ...).</param>
    /// <param name="percentile">
    /// Percentile of dynamic thresholding (Saharia et al. 2022): each clip is limited to this quantile of |x₀|, at least 1, and divided by it;
    /// <c>null</c> clamps to [−1, 1].
    /// </param>
    public static Tensor Apply(Tensor x0, double? percentile)
    {
        if (percentile is not double p)
        {
            return x0.clamp(-1, 1);
        }

        var limit = x0.abs().flatten(1).quantile(tensor((float)p, device: x0.device), 1).clamp_min(1);
        limit = limit.view([-1, .. Enumerable.Repeat(1L, x0.shape.Length - 1)]);
        return x0.minimum(limit).maximum(-limit) / limit;
    }
}
