using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>The parameters in a <see cref="ParameterGroup"/>, with their optimizer and moving average.</summary>
public sealed class OptimizedGroup : IDisposable
{
    /// <param name="model">The model on its final device.</param>
    /// <param name="adapter">Adapter to train instead of the parameters; <c>null</c> to train the parameters.</param>
    public OptimizedGroup(ParameterGroup group, nn.Module model, TrainerConfig config, AdapterShape? adapter = null)
    {
        (Name, From, Every) = (group.Name, group.StartStep, group.StepInterval);
        Network = new FlatParameters(model, group.Contains, config.WeightDecayFromAxes);
        Updates = adapter is null ? null : new LowRankUpdates(Network, adapter, config.WeightDecayFromAxes);
        Parameters = Updates?.Parameters ?? Network;
        Optimizer = OptimizerChoice.Create(Parameters, config);
        using var scope = NewDisposeScope();
        Average = Parameters.Values.clone().DetachFromDisposeScope();
    }

    public string Name { get; }

    /// <inheritdoc cref="ParameterGroup.StartStep"/>
    public int From { get; }

    /// <inheritdoc cref="ParameterGroup.StepInterval"/>
    public int Every { get; }

    /// <summary>Parameters of the network, whose gradients the backward pass computes.</summary>
    public FlatParameters Network { get; }

    /// <summary>The adapter that is trained; <c>null</c> if the parameters of the network are trained.</summary>
    public LowRankUpdates? Updates { get; }

    /// <summary>Parameters that the optimizer updates: those of the network, or those of the adapter.</summary>
    public FlatParameters Parameters { get; }

    public IOptimizer Optimizer { get; }

    /// <summary>Exponential moving average of the parameters, in the same layout.</summary>
    public Tensor Average { get; }

    /// <summary>Returns whether the parameter group is updated in a step; steps are counted from 0.</summary>
    public bool HasTurn(int step) => step >= From && (step - From) % Every == 0;

    public void Dispose()
    {
        Average.Dispose();
        Optimizer.Dispose();
        Updates?.Dispose();
        Network.Dispose();
    }
}
