using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>From noise to clips, step by step.</summary>
/// <param name="Percentile">Of dynamic thresholding; null: plain clamping.</param>
public sealed record ReverseProcess(
    NoiseSchedule Schedule, Objective Objective, ISampler Sampler, int Steps, double? Percentile = null)
{
    /// <param name="predict">The network: noisy clips (B, C, F, H, W) and their level to its prediction.</param>
    /// <param name="noise">Gives the starting point and all later noise.</param>
    /// <param name="start">Where to start; null: from pure noise.</param>
    /// <param name="stepDone">Told the number of steps done.</param>
    /// <returns>(B, C, F, H, W) in [0, 1].</returns>
    /// <exception cref="TinySoraException">TinySora.Model.StepsOutOfRange.</exception>
    public Tensor Run(
        Func<Tensor, int, Tensor> predict, Func<Tensor> noise, NoisedStart? start = null, IProgress<int>? stepDone = null,
        CancellationToken ct = default)
    {
        var above = start is null ? Schedule.Timesteps : start.Level + 1;
        if (Steps < 1 || Steps > above)
        {
            throw ModelErrors.StepsOutOfRange(Steps, above);
        }

        var levels = NoiseSchedule.Respaced(above, Steps);
        var x = start is null ? noise() : Schedule[start.Level].Mix(start.Clips, noise());
        (NoiseLevel From, Tensor X0)? last = null;
        for (var i = 0; i < levels.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            var (t, s) = (levels[i], i + 1 < levels.Length ? levels[i + 1] : -1);
            var (previous, guessed) = (x, last);
            using (NewDisposeScope())
            {
                var x0 = Guess(predict, x, t);
                var step = new SamplingStep(Schedule[t], Schedule[s], x, x0, last, next => Guess(predict, next, s), noise);
                x = Sampler.Step(step).MoveToOuterDisposeScope();
                last = (step.From, x0.MoveToOuterDisposeScope());
            }

            previous.Dispose();
            guessed?.X0.Dispose();
            stepDone?.Report(i + 1);
        }

        last?.X0.Dispose();
        return (x + 1).mul(0.5).clamp(0, 1);
    }

    private Tensor Guess(Func<Tensor, int, Tensor> predict, Tensor x, int t) =>
        Thresholding.Apply(Objective.CleanClip(x, predict(x, t), Schedule[t]), Percentile);
}
