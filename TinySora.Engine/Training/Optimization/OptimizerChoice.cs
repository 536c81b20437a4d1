using System.Reflection;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// Finds the optimizer that a configuration names: the class of this folder whose <see cref="OptimizerAttribute"/> has its kind. A new one is such a
/// class, and its name in <see cref="OptimizerKind"/>.
/// </summary>
public static class OptimizerChoice
{
    private static readonly Dictionary<OptimizerKind, (Type Type, int States)> Known = typeof(OptimizerChoice).Assembly.GetTypes()
        .Select(type => (Type: type, Attribute: type.GetCustomAttribute<OptimizerAttribute>(inherit: false)))
        .Where(item => item.Attribute is not null)
        .ToDictionary(item => item.Attribute!.Kind, item => (item.Type, item.Attribute!.States));

    /// <summary>The optimizer that a configuration names.</summary>
    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => (IOptimizer)Activator.CreateInstance(
        Known[config.Optimizer].Type, BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, [parameters, config], null)!;

    /// <summary>How many numbers it remembers for each parameter.</summary>
    public static int StatesOf(TrainerConfig config) => Known[config.Optimizer].States;
}
