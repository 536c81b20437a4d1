using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Processes;

/// <summary>
/// Random numbers for the examples of a micro-batch. Each process draws for all and takes what its own get, so that what an example meets with
/// does not depend on who has it.
/// </summary>
/// <param name="share">The examples of this process; null: all.</param>
public sealed class BatchRandom(Generator generator, BatchShare? share = null)
{
    /// <summary>The generator for what is the same for all examples, and for random numbers that only this process draws.</summary>
    public Generator Generator => generator;

    /// <summary>The examples of the micro-batch that this process has; null: all.</summary>
    public BatchShare? Share => share;

    /// <summary>A generator as the randomness of a batch whose examples are all in this process.</summary>
    public static implicit operator BatchRandom(Generator generator) => new(generator);

    /// <summary>Standard normal numbers.</summary>
    /// <param name="shape">Begins with the number of examples that are here.</param>
    public Tensor Normal(params long[] shape) => Part(randn(All(shape), ScalarType.Float32, generator.device, generator: generator));

    /// <summary>Numbers from 0 to below 1.</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Uniform(params long[] shape) => Part(UniformOfAll(shape));

    /// <summary>Numbers from 0 to below 1 for the examples of all processes.</summary>
    public Tensor UniformOfAll(params long[] shape) => rand(All(shape), ScalarType.Float32, generator.device, generator: generator);

    /// <summary>Whole numbers from 0 to below a bound, int64.</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Whole(long below, params long[] shape) => Part(randint(0, below, All(shape), ScalarType.Int64, generator.device, generator: generator));

    /// <summary>One with the given probability, otherwise zero; float32.</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Choices(double probability, params long[] shape) =>
        Part(empty(All(shape), ScalarType.Float32, generator.device).bernoulli_(probability, generator));

    /// <summary>The number of values of all examples before this process's.</summary>
    /// <param name="here">How many these have.</param>
    public long Before(long here) => share is null ? 0 : here / share.Count * share.First;

    /// <summary>The rows of this process's examples, out of those of all examples.</summary>
    public Tensor Part(Tensor all) => share is null ? all : all.narrow(0, share.First, share.Count);

    private long[] All(long[] shape) => share is null ? shape : [share.Total, .. shape[1..]];
}
