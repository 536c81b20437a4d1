using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>Makes a class the optimizer of a kind; it has a constructor that takes <see cref="FlatParameters"/> and a <see cref="TrainerConfig"/>.</summary>
/// <param name="states">The number of its <see cref="IOptimizer.States"/>, which is asked for where there is no model yet.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class OptimizerAttribute(OptimizerKind kind, int states) : Attribute
{
    public OptimizerKind Kind => kind;

    public int States => states;
}
