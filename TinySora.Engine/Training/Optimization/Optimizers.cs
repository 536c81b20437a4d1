using System.Reflection;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>The optimizers by their kinds: every class here that has an <see cref="OptimizerAttribute"/>.</summary>
public static class Optimizers
{
    private static readonly Dictionary<OptimizerKind, (Type Type, int States)> Known = typeof(Optimizers).Assembly.GetTypes()
        .Select(type => (Type: type, Attribute: type.GetCustomAttribute<OptimizerAttribute>(inherit: false)))
        .Where(item => item.Attribute is not null)
        .ToDictionary(item => item.Attribute!.Kind, item => (item.Type, item.Attribute!.States));

    /// <summary>The optimizer that a configuration names.</summary>
    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => (IOptimizer)Activator.CreateInstance(
        Known[config.Optimizer].Type, BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, [parameters, config], null)!;

    /// <summary>How many numbers it remembers for each parameter.</summary>
    public static int StatesOf(TrainerConfig config) => Known[config.Optimizer].States;
}
