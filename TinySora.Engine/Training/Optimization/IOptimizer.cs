using System.Diagnostics;
using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// The rule by which parameters follow their gradients. All of a group are one flat tensor. A step must be skipped without asking a GPU
/// whether it is to be (see <see cref="NonFiniteGuard"/>), so an optimizer is written out here and not taken from TorchSharp.
/// </summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// What it remembers between steps, each (N) float32 like the parameters and zero at first. A checkpoint has them under these names as
    /// <c>optimizer.NAME.PARAMETER</c>.
    /// </summary>
    IReadOnlyList<(string Name, Tensor Values)> States { get; }

    /// <summary>Operations of the matrix products of a step, counted as <see cref="Layers.FlopCounter"/> does; none where all is element by element.</summary>
    long Flops { get; }

    /// <summary>Updates the parameters and uses up the gradients.</summary>
    /// <param name="step">Steps completed before this one, from 0.</param>
    /// <param name="skip">Scalar boolean on the device: leave parameters and states bit for bit as they are.</param>
    void Step(int step, double learningRate, Tensor skip);
}

/// <summary>Creates the optimizer that a configuration names: a class of this folder, a value of <see cref="OptimizerKind"/> and a line here.</summary>
public static class OptimizerChoice
{
    /// <summary>Number of <see cref="IOptimizer.States"/>, and so of values that any of these keeps for each parameter.</summary>
    public const int States = 2;

    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => config.Optimizer switch
    {
        OptimizerKind.Adam => new Adam(parameters, config),
        OptimizerKind.AdamW => new AdamW(parameters, config),
        OptimizerKind.Muon => new Muon(parameters, config),
        _ => throw new UnreachableException(),
    };
}
