using System.Diagnostics;
using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// An optimizer for the parameters of a group, which form one flat tensor. It must be possible to skip steps without waiting for a GPU (see <see
/// cref="NonFiniteGuard"/>), so TorchSharp's optimizers are not used.
/// </summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// States that are kept between steps, each (N) float32 like the parameters and initially zero. Checkpoints store them as <c>optimizer.NAME.PARAMETER</c>.
    /// </summary>
    IReadOnlyList<(string Name, Tensor Values)> States { get; }

    /// <summary>
    /// Floating-point operations in the matrix products of a step, as counted by <see cref="Layers.FlopCounter"/>; 0 for elementwise optimizers.
    /// </summary>
    long Flops { get; }

    /// <summary>Updates the parameters and consumes the gradients.</summary>
    /// <param name="step">Steps completed before this one, from 0.</param>
    /// <param name="skip">Whether to leave parameters and states unchanged, bit for bit, as a scalar boolean on the device.</param>
    void Step(int step, double learningRate, Tensor skip);
}

/// <summary>
/// Creates the configured optimizer. To add an optimizer, add a class in this folder, a value of <see cref="OptimizerKind"/> and a line here.
/// </summary>
public static class OptimizerChoice
{
    /// <summary>Number of <see cref="IOptimizer.States"/>, and so of values per parameter, which is equal for all optimizers.</summary>
    public const int States = 2;

    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => config.Optimizer switch
    {
        OptimizerKind.Adam => new Adam(parameters, config),
        OptimizerKind.AdamW => new AdamW(parameters, config),
        OptimizerKind.Muon => new Muon(parameters, config),
        _ => throw new UnreachableException(),
    };
}
