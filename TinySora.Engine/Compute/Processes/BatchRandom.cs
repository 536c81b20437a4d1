using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// Random numbers for the examples of a micro-batch. Each process draws numbers for all examples and keeps those for its own examples, so an example's
/// numbers do not depend on which process handles it.
/// </summary>
/// <param name="share">Examples of this process; <c>null</c> if it has all of them.</param>
public sealed class BatchRandom(Generator generator, BatchShare? share = null)
{
    /// <summary>The generator for numbers that all examples share, or that only this process draws.</summary>
    public Generator Generator => generator;

    /// <summary>Part of the micro-batch that this process handles; <c>null</c> if it handles all of it.</summary>
    public BatchShare? Share => share;

    /// <summary>Wraps a generator for a batch whose examples are all in this process.</summary>
    public static implicit operator BatchRandom(Generator generator) => new(generator);

    /// <param name="shape">Shape of the result, beginning with the number of examples in this process.</param>
    public Tensor Normal(params long[] shape) => TakeShare(randn(All(shape), ScalarType.Float32, generator.device, generator: generator));

    /// <summary>Draws uniform numbers in [0, 1).</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Uniform(params long[] shape) => TakeShare(UniformForAll(shape));

    /// <summary>Draws uniform numbers in [0, 1) for the examples of all processes.</summary>
    public Tensor UniformForAll(params long[] shape) => rand(All(shape), ScalarType.Float32, generator.device, generator: generator);

    /// <summary>Draws uniform int64 numbers from 0 up to, but not including, a bound.</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Integers(long below, params long[] shape) =>
        TakeShare(randint(0, below, All(shape), ScalarType.Int64, generator.device, generator: generator));

    /// <summary>Draws float32 values that are 1 with the given probability and otherwise 0.</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Bernoulli(double probability, params long[] shape) =>
        TakeShare(empty(All(shape), ScalarType.Float32, generator.device).bernoulli_(probability, generator));

    /// <summary>Returns the number of values in the examples that precede those of this process.</summary>
    /// <param name="here">Number of values in this process's examples.</param>
    public long CountBefore(long here) => share is null ? 0 : here / share.Count * share.First;

    /// <summary>Selects the rows of this process's examples from the rows of all examples.</summary>
    public Tensor TakeShare(Tensor all) => share is null ? all : all.narrow(0, share.First, share.Count);

    private long[] All(long[] shape) => share is null ? shape : [share.Total, .. shape[1..]];
}

/// <summary>
/// Random numbers for clips that are generated together. Each clip has its own seed, so its numbers do not depend on the rest of the batch. They are drawn
/// on the CPU, so they do not depend on the device either.
/// </summary>
public sealed class ClipRandom(IEnumerable<long> seeds, Device device) : IDisposable
{
    private readonly Generator[] generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed), CPU))];

    /// <summary>Number of clips in the batch (B).</summary>
    public int Count => generators.Length;

    /// <param name="shape">Shape for one clip.</param>
    /// <returns>(B, ...) float32, standard normal; each call draws new numbers.</returns>
    public Tensor Normal(params long[] shape) => Each(generator => randn(shape, ScalarType.Float32, CPU, generator: generator));

    /// <returns>(B, <paramref name="count"/>) float64, uniform in [0, 1); each call draws new numbers.</returns>
    public Tensor Uniform(long count) => Each(generator => rand([count], ScalarType.Float64, CPU, generator: generator));

    public void Dispose()
    {
        foreach (var generator in generators)
        {
            generator.Dispose();
        }
    }

    private Tensor Each(Func<Generator, Tensor> draw) => stack([.. generators.Select(draw)]).to(device);
}

/// <summary>The part of a micro-batch that one process handles: consecutive examples.</summary>
/// <param name="First">Index of the first example, from 0.</param>
/// <param name="Total">Number of examples in the micro-batch.</param>
/// <param name="Sum">Action that replaces a contiguous float32 tensor with the sum over all processes.</param>
public sealed record BatchShare(int First, int Count, int Total, Action<Tensor> Sum)
{
    /// <summary>Divides a micro-batch between processes. The numbers of examples differ by at most one.</summary>
    /// <returns>The shares in order of rank.</returns>
    internal static IReadOnlyList<BatchShare> Divide(int examples, int processes, Action<Tensor> sum) =>
        [.. EvenParts.Divide(examples, processes).Select(part => new BatchShare((int)part.First, (int)part.Count, examples, sum))];

    /// <summary>Collects the rows from all processes, in the order of the examples. Gradients do not pass through.</summary>
    /// <param name="rows">Rows along the first axis, the same number for each example; float32, or whole numbers less than 2^24.</param>
    public Tensor Gather(Tensor rows)
    {
        using var nothing = no_grad();
        var each = rows.shape[0] / Count;
        var all = zeros([each * Total, .. rows.shape[1..]], ScalarType.Float32, rows.device);
        all.narrow(0, each * First, rows.shape[0]).copy_(rows);
        Sum(all);
        return all.to(rows.dtype);
    }
}

/// <summary>Extension methods for shares, which can also be used if one process has the whole micro-batch.</summary>
public static class BatchShares
{
    /// <summary>Returns the rows of all examples in the micro-batch, for computations that depend on all of them, such as codebook updates.</summary>
    /// <param name="share">Share of this process; <c>null</c> if it has all examples.</param>
    /// <inheritdoc cref="BatchShare.Gather"/>
    public static Tensor GatherAll(this BatchShare? share, Tensor rows) => share is null ? rows : share.Gather(rows);
}
