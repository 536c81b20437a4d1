using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Diffusion;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>
/// Score identity distillation (Zhou et al. 2024, arXiv 2404.04057): a student makes clips of noise in one pass, a critic learns to denoise the clips
/// that the student makes, and the student moves its clips until critic and teacher expect the same of them.
/// </summary>
/// <param name="loss">What the critic learns by; its schedule and objective are those of all three networks.</param>
/// <param name="distribution">The levels at which clips of the student are noised.</param>
/// <param name="student">A network: noisy clips (B, C, F, H, W) and their levels (B) to its prediction.</param>
/// <param name="critic">Another, from the same to the same.</param>
/// <param name="teacher">Another, whose parameters want no gradients.</param>
internal sealed class Distillation(
    DenoisingLoss loss, LevelDistribution distribution, Func<Tensor, Tensor, Tensor> student, Func<Tensor, Tensor, Tensor> critic,
    Func<Tensor, Tensor, Tensor> teacher)
{
    /// <summary>The share of levels, at either end, that clips are not noised to: at the one all networks agree, at the other none knows anything.</summary>
    private const double Margin = 0.02;

    /// <summary>The least distance that is divided by, where clip and teacher agree.</summary>
    private const double LeastDistance = 1e-3;

    /// <summary>How far the critic is from denoising clips of the student; its gradient is the critic's alone.</summary>
    /// <param name="shape">(B, C, F, H, W).</param>
    public Tensor CriticLoss(long[] shape, BatchRandom random, Device device)
    {
        Tensor made;
        using (no_grad())
        {
            made = Make(shape, random, device);
        }

        var (levels, noise) = Draw(shape, random, device);
        return loss.Of(made, noise, levels, x => critic(x, tensor(levels).to(device)));
    }

    /// <summary>
    /// (teacher − critic) · (critic − clip) / mean |clip − teacher|, a mean over all values, where critic and teacher are the clean clips that the two
    /// expect of the noised one: the paper's loss with its α = 1. Gradients go through both networks to the student, and the last factor has none.
    /// </summary>
    /// <inheritdoc cref="CriticLoss"/>
    public Tensor StudentLoss(long[] shape, BatchRandom random, Device device)
    {
        var made = Make(shape, random, device);
        var (levels, noise) = Draw(shape, random, device);
        var (x, t) = (loss.Schedule.Noised(made, noise, levels), tensor(levels).to(device));
        var (wanted, expected) = (Clean(x, teacher(x, t), levels), Clean(x, critic(x, t), levels));
        var distance = (made - wanted).detach().abs().mean([1, 2, 3, 4], keepdim: true).clamp_min(LeastDistance);
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
        var levels = distribution.Draw(count, shape[0], random).Select(level => Math.Clamp(level, margin, count - 1 - margin)).ToArray();
        return (levels, random.Normal(shape).to(device));
    }

    private Tensor Clean(Tensor x, Tensor prediction, long[] levels) => loss.Objective.CleanClip(x, prediction, loss.Schedule, levels);
}
