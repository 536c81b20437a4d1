using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Diffusion;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>
/// Score identity distillation (Zhou et al. 2024, arXiv 2404.04057). A student turns noise into clips in one pass, a critic learns to denoise the student's
/// clips, and the student is trained until critic and teacher predict the same x₀ for its clips.
/// </summary>
/// <param name="loss">Loss of the critic; all three networks share its schedule and objective.</param>
/// <param name="distribution">Distribution of the timesteps that the student's clips are noised to.</param>
/// <param name="student">Maps noisy clips (B, C, F, H, W) and timesteps (B) to its prediction.</param>
/// <param name="critic">Critic's network, with the student's inputs and outputs.</param>
/// <param name="teacher">Teacher's network, with the student's inputs and outputs, but without gradients.</param>
internal sealed class Distillation(
    DenoisingLoss loss, TimestepDistribution distribution, Func<Tensor, Tensor, Tensor> student, Func<Tensor, Tensor, Tensor> critic,
    Func<Tensor, Tensor, Tensor> teacher)
{
    /// <summary>
    /// Fraction of timesteps to exclude at each end of the schedule. At the clean end, all networks agree; at the noisy end, the input contains no information.
    /// </summary>
    private const double Margin = 0.02;

    /// <summary>Lower bound of the distance in the denominator of the student's loss, for clips that the teacher predicts unchanged.</summary>
    private const double MinDistance = 1e-3;

    /// <summary>Returns the critic's denoising loss on the student's clips, with gradients for the critic only.</summary>
    /// <param name="shape">Shape of the clips (B, C, F, H, W).</param>
    public Tensor CriticLoss(long[] shape, BatchRandom random, Device device)
    {
        Tensor made;
        using (no_grad())
        {
            made = Make(shape, random, device);
        }

        var (levels, noise) = Draw(shape, random, device);
        return loss.Compute(made, noise, levels, x => critic(x, tensor(levels).to(device)));
    }

    /// <summary>
    /// Returns the mean of (teacher − critic) · (critic − clip) / mean |clip − teacher|, where critic and teacher are the x₀ that the two networks predict
    /// for the noised clip. This is the paper's loss with α = 1. Gradients reach the student through both networks; the denominator has no gradient.
    /// </summary>
    /// <inheritdoc cref="CriticLoss"/>
    public Tensor StudentLoss(long[] shape, BatchRandom random, Device device)
    {
        var made = Make(shape, random, device);
        var (levels, noise) = Draw(shape, random, device);
        var (x, t) = (loss.Schedule.AddNoise(made, noise, levels), tensor(levels).to(device));
        var (wanted, expected) = (Clean(x, teacher(x, t), levels), Clean(x, critic(x, t), levels));
        var distance = (made - wanted).detach().abs().mean([1, 2, 3, 4], keepdim: true).clamp_min(MinDistance);
        return ((wanted - expected) * (expected - made) / distance).mean();
    }

    private Tensor Make(long[] shape, BatchRandom random, Device device)
    {
        var noise = random.Normal(shape).to(device);
        long[] levels = [.. Enumerable.Repeat(loss.Schedule.Timesteps - 1L, (int)shape[0])];
        return Clean(noise, student(noise, tensor(levels).to(device)), levels);
    }

    private (long[] Levels, Tensor Noise) Draw(long[] shape, BatchRandom random, Device device)
    {
        var (count, margin) = (loss.Schedule.Timesteps, (long)(Margin * loss.Schedule.Timesteps));
        var levels = distribution.Sample(count, shape[0], random).Select(level => Math.Clamp(level, margin, count - 1 - margin)).ToArray();
        return (levels, random.Normal(shape).to(device));
    }

    private Tensor Clean(Tensor x, Tensor prediction, long[] levels) => loss.Objective.PredictedX0(x, prediction, loss.Schedule, levels);
}
