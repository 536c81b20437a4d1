using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>The one list of optimizers: a line for each <see cref="OptimizerKind"/>.</summary>
public static class Optimizers
{
    /// <summary>The optimizer that a configuration names.</summary>
    public static IOptimizer Create(FlatParameters parameters, TrainerConfig config) => Of(config).Create(parameters, config);

    /// <summary>How many numbers it remembers for each parameter.</summary>
    public static int StatesOf(TrainerConfig config) => Of(config).States;

    private static (int States, Func<FlatParameters, TrainerConfig, IOptimizer> Create) Of(TrainerConfig config) => config.Optimizer switch
    {
        OptimizerKind.Adam => (2, (parameters, trainer) => new Adam(parameters, trainer)),
        OptimizerKind.AdamW => (2, (parameters, trainer) => new AdamW(parameters, trainer)),
        _ => throw new NotSupportedException($"{config.Optimizer}"),
    };
}
