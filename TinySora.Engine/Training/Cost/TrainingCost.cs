namespace TinySora.Engine.Training.Cost;

/// <summary>
/// Cost of training a configuration on this machine. Values that are measured by running the model are <c>null</c> if the model does not fit in memory.
/// </summary>
public sealed record TrainingCost
{
    /// <summary>Configuration file or preset.</summary>
    public required string Config { get; init; }

    public required string Device { get; init; }

    /// <summary>Number of CPU threads for tensor operations.</summary>
    public required int Threads { get; init; }

    /// <summary>Number format of matrix products: float32 or bfloat16.</summary>
    public required string Precision { get; init; }

    /// <summary>Number of clips per micro-batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Number of clips per optimizer step, over all of its micro-batches.</summary>
    public required int ClipsPerStep { get; init; }

    /// <summary>
    /// Number of optimizer steps in a complete run (<c>train_num_steps</c>); <c>null</c> if it is specified in epochs, because it then depends on the data.
    /// </summary>
    public required int? Steps { get; init; }

    /// <summary>Number of trained parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Number of floating-point operations in the forward pass of one clip; see <see cref="Layers.FlopCounter"/>.</summary>
    public double? ForwardFlops { get; init; }

    /// <inheritdoc cref="Optimization.IOptimizer.Flops"/>
    public long OptimizerFlops { get; init; }

    /// <summary>
    /// Number of floating-point operations in an optimizer step. For each product in the forward pass, the backward pass computes two: one for the gradient of
    /// each factor.
    /// </summary>
    public double? StepFlops => (3 * ForwardFlops * ClipsPerStep) + OptimizerFlops;

    /// <summary>Exact size in bytes of weights, gradients, optimizer state and averaged weights.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Measured memory in bytes that steps need in addition to the state, including the workspaces of GPU libraries; <c>null</c> if unknown.</summary>
    public long? ActivationBytes { get; init; }

    /// <summary>Memory for the state and the activations in bytes.</summary>
    public long MemoryBytes => StateBytes + (ActivationBytes ?? 0);

    /// <summary>Free memory of the device before training, in bytes; <c>null</c> if unknown.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Whether training fits in the free memory; true if the amount of free memory is unknown.</summary>
    public bool Fits => FreeBytes is null || MemoryBytes <= FreeBytes;

    /// <summary>Largest batch size that fits in memory, extrapolated from this measurement; <c>null</c> if unknown.</summary>
    public long? LargestBatchSize =>
        FreeBytes is long free && ActivationBytes is > 0 and long bytes ? Math.Max(0, (long)((free - StateBytes) / ((double)bytes / BatchSize))) : null;

    /// <summary>Size of one checkpoint in bytes.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>Duration of an optimizer step in seconds; <c>null</c> if unknown.</summary>
    public double? SecondsPerStep { get; init; }

    /// <summary>Whether <see cref="SecondsPerStep"/> is estimated from forward passes, not measured.</summary>
    public bool IsEstimated { get; init; }

    public double? StepsPerSecond => 1 / SecondsPerStep;

    public double? ClipsPerSecond => ClipsPerStep / SecondsPerStep;

    public double? FlopsPerSecond => StepFlops / SecondsPerStep;

    /// <summary>Duration of a complete run without data loading, checkpoints and sample grids; <c>null</c> if unknown.</summary>
    public TimeSpan? Duration => Steps * SecondsPerStep is double seconds ? Seconds(seconds) : null;

    /// <summary>Returns a time span from seconds, limited to 9999 days.</summary>
    internal static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(9999).TotalSeconds));

    /// <summary>Returns the values on one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Config}: {Parameters:#,##0} parameters, {SecondsPerStep:0.000} s per step");
}
