namespace TinySora.Engine.Training.Cost;

/// <summary>What training a configuration takes on this machine. What had to be run is null where memory would not have sufficed.</summary>
public sealed record TrainingCost
{
    /// <summary>The configuration's file or preset.</summary>
    public required string Config { get; init; }

    public required string Device { get; init; }

    /// <summary>Threads of tensor work on the CPU.</summary>
    public required int Threads { get; init; }

    /// <summary>The number format of products: float32 or bfloat16.</summary>
    public required string Precision { get; init; }

    /// <summary>Clips per micro-batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Clips per optimizer step: of all its micro-batches.</summary>
    public required int ClipsPerStep { get; init; }

    /// <summary>Optimizer steps of a whole run: train_num_steps. Null where that counts epochs: how many those are, the data tells.</summary>
    public required int? Steps { get; init; }

    /// <summary>The number of trained parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Floating-point operations of the forward pass of one clip, see <see cref="Layers.FlopCounter"/>.</summary>
    public double? ForwardFlops { get; init; }

    /// <inheritdoc cref="Optimization.IOptimizer.Flops"/>
    public long OptimizerFlops { get; init; }

    /// <summary>
    /// The floating-point operations of an optimizer step. Backward every product needs two of its size: one for each operand's gradient.
    /// </summary>
    public double? StepFlops => (3 * ForwardFlops * ClipsPerStep) + OptimizerFlops;

    /// <summary>Bytes of weights, gradients, the optimizer's moments and the average: exact.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Bytes that steps took beside the state, measured; on a GPU with what its libraries work in. Null where nothing tells.</summary>
    public long? ActivationBytes { get; init; }

    /// <summary>The bytes of state and activations together.</summary>
    public long MemoryBytes => StateBytes + (ActivationBytes ?? 0);

    /// <summary>Bytes that the device had left for both; null where nothing tells.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Whether the memory suffices, as far as it is known.</summary>
    public bool Fits => FreeBytes is null || MemoryBytes <= FreeBytes;

    /// <summary>The largest batch that the memory has room for, reckoned from what this one took; null where that is not known.</summary>
    public long? LargestBatchSize =>
        FreeBytes is long free && ActivationBytes is > 0 and long bytes ? Math.Max(0, (long)((free - StateBytes) / ((double)bytes / BatchSize))) : null;

    /// <summary>Bytes of one checkpoint.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>Seconds per optimizer step.</summary>
    public double? SecondsPerStep { get; init; }

    /// <summary>Whether that is reckoned from forward passes, and not measured.</summary>
    public bool IsEstimated { get; init; }

    public double? StepsPerSecond => 1 / SecondsPerStep;

    public double? ClipsPerSecond => ClipsPerStep / SecondsPerStep;

    public double? FlopsPerSecond => StepFlops / SecondsPerStep;

    /// <summary>Time of all <see cref="Steps"/>, without reading the data, checkpoints and sample grids.</summary>
    public TimeSpan? Duration => Steps * SecondsPerStep is double seconds ? Seconds(seconds) : null;

    /// <summary>A time span from seconds, limited to the longest that there is.</summary>
    internal static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(9999).TotalSeconds));

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"{Config}: {Parameters:#,##0} parameters, {SecondsPerStep:0.000} s a step");
}
