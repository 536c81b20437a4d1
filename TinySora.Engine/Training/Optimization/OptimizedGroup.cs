using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>The parameters in a <see cref="ParameterGroup"/>, with their optimizer and moving average.</summary>
public sealed class OptimizedGroup : IDisposable
{
    /// <param name="model">The model on its final device.</param>
    public OptimizedGroup(ParameterGroup group, nn.Module model, TrainerConfig config)
    {
        (Name, From, Every) = (group.Name, group.StartStep, group.StepInterval);
        Parameters = new FlatParameters(model, group.Contains, config.WeightDecayFromAxes);
        Optimizer = OptimizerChoice.Create(Parameters, config);
        using var scope = NewDisposeScope();
        Average = Parameters.Values.clone().DetachFromDisposeScope();
    }

    public string Name { get; }

    /// <inheritdoc cref="ParameterGroup.StartStep"/>
    public int From { get; }

    /// <inheritdoc cref="ParameterGroup.StepInterval"/>
    public int Every { get; }

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
        Parameters.Dispose();
    }
}
