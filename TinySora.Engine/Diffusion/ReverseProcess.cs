using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>From noise to clips, step by step.</summary>
/// <param name="Percentile">Of dynamic thresholding; null: plain clamping.</param>
public sealed record ReverseProcess(
    NoiseSchedule Schedule, Objective Objective, ISampler Sampler, int Steps, double? Percentile = null)
{
    /// <param name="predict">The network: noisy clips (B, C, F, H, W) and their level to its prediction.</param>
    /// <param name="noise">Gives the starting point and all later noise.</param>
    /// <param name="stepDone">Told the number of steps done.</param>
    /// <returns>(B, C, F, H, W) in [0, 1].</returns>
    /// <exception cref="TinySoraException">TinySora.Model.StepsOutOfRange.</exception>
    public Tensor Run(
        Func<Tensor, int, Tensor> predict, Func<Tensor> noise, IProgress<int>? stepDone = null, CancellationToken ct = default)
    {
        if (Steps < 1 || Steps > Schedule.Timesteps)
        {
            throw ModelErrors.StepsOutOfRange(Steps, Schedule.Timesteps);
        }

        var levels = Schedule.Respaced(Steps);
        var x = noise();
        for (var i = 0; i < levels.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            var previous = x;
            using (NewDisposeScope())
            {
                x = Step(predict, x, levels[i], i + 1 < levels.Length ? levels[i + 1] : -1, noise).MoveToOuterDisposeScope();
            }

            previous.Dispose();
            stepDone?.Report(i + 1);
        }

        return (x + 1).mul(0.5).clamp(0, 1);
    }

    private Tensor Step(Func<Tensor, int, Tensor> predict, Tensor x, int t, int s, Func<Tensor> noise)
    {
        var x0 = Objective.CleanClip(x, predict(x, t), Schedule.AlphaBar(t));
        return Sampler.Step(Schedule, x, Thresholding.Apply(x0, Percentile), t, s, noise);
    }
}
