using TinySora.Engine.Configuration;

namespace TinySora.Engine.Training.Optimization;

/// <summary>Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019); <see cref="Adam"/> has the step.</summary>
[Optimizer(OptimizerKind.AdamW, states: 2)]
public sealed class AdamW(FlatParameters parameters, TrainerConfig config) : Adam(parameters, config, config.WeightDecay);
