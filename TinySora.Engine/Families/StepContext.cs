using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>The place in a run at which a loss is computed.</summary>
/// <param name="Step">Optimizer steps completed before this one.</param>
/// <param name="StepsPerEpoch">Optimizer steps of one pass over the data.</param>
/// <param name="Generator">Of all randomness, on the device of the model.</param>
public sealed record StepContext(int Step, int StepsPerEpoch, Generator Generator)
{
    /// <summary>Number of the micro-batch in the run, from 0.</summary>
    public long MicroBatch { get; init; }

    /// <summary>The examples of the micro-batch that are in the batch; null: all.</summary>
    public BatchShare? Share { get; init; }

    /// <summary>The random numbers that each example has of its own.</summary>
    public BatchRandom Random => new(Generator, Share);
}
