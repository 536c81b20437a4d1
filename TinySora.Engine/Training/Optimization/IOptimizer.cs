using System.Diagnostics;
using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// An optimizer for the parameters of a group, which form one flat tensor. Steps must be skippable without waiting for a GPU (see <see
/// cref="NonFiniteGuard"/>), so TorchSharp's optimizers are not used.
/// </summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// State between steps, each (N) float32 like the parameters, initially zero. Checkpoints store it by these names as <c>optimizer.NAME.PARAMETER</c>.
    /// </summary>
    IReadOnlyList<(string Name, Tensor Values)> States { get; }

    /// <summary>Floating-point operations of a step's matrix products, as counted by <see cref="Layers.FlopCounter"/>; 0 for elementwise optimizers.</summary>
    long Flops { get; }

    /// <summary>Updates the parameters and consumes the gradients.</summary>
    /// <param name="step">Steps completed before this one, from 0.</param>
    /// <param name="skip">Scalar boolean on the device: whether to leave parameters and states unchanged, bit for bit.</param>
    void Step(int step, double learningRate, Tensor skip);
}

/// <summary>Creates the configured optimizer. A new one needs a class in this folder, a value of <see cref="OptimizerKind"/> and a line here.</summary>
public static class OptimizerChoice
{
    /// <summary>Number of <see cref="IOptimizer.States"/>, that is, of values per parameter; equal for all optimizers.</summary>
    public const int States = 2;

    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => config.Optimizer switch
    {
        OptimizerKind.Adam => new Adam(parameters, config),
        OptimizerKind.AdamW => new AdamW(parameters, config),
        OptimizerKind.Muon => new Muon(parameters, config),
        _ => throw new UnreachableException(),
    };
}
