using System.Diagnostics;
using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// An optimizer for the parameters of a group, which form one flat tensor. TorchSharp's optimizers are not used, because they cannot skip steps without
/// waiting for a GPU (see <see cref="NonFiniteGuard"/>).
/// </summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// State tensors that are kept between steps by name, each (N) float32 like the parameters and initially zero. Checkpoints store them as
    /// <c>optimizer.NAME.PARAMETER</c>.
    /// </summary>
    IReadOnlyList<(string Name, Tensor Values)> States { get; }

    /// <summary>
    /// Number of floating-point operations in the matrix products of a step, as <see cref="Layers.FlopCounter"/> counts them; 0 for elementwise optimizers.
    /// </summary>
    long Flops { get; }

    /// <summary>Updates the parameters. The gradients are undefined afterwards.</summary>
    /// <param name="step">Number of steps completed before this one.</param>
    /// <param name="skip">Whether to leave parameters and states unchanged, bit for bit, as a scalar boolean on the device.</param>
    void Step(int step, double learningRate, Tensor skip);
}

/// <summary>
/// Creates the configured optimizer. To add an optimizer, add a class in this folder, a value of <see cref="OptimizerKind"/> and its cases here.
/// </summary>
public static class OptimizerChoice
{
    /// <summary>Returns the names of an optimizer's <see cref="IOptimizer.States"/>.</summary>
    public static IReadOnlyList<string> StateNames(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.Muon => Adam.StateNames,
        _ => throw new UnreachableException(),
    };

    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => config.Optimizer switch
    {
        OptimizerKind.Adam => new Adam(parameters, config),
        OptimizerKind.AdamW => new AdamW(parameters, config),
        OptimizerKind.Muon => new Muon(parameters, config),
        _ => throw new UnreachableException(),
    };
}
