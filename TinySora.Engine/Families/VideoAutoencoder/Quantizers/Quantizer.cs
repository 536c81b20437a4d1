using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Converts latents to tokens, and tokens to latents.</summary>
internal abstract class Quantizer(string name) : nn.Module(name)
{
    public abstract int Codes { get; }

    public abstract int Width { get; }

    /// <param name="z">(..., D) float32.</param>
    /// <returns>(...) int64, each below <see cref="Codes"/>.</returns>
    public abstract AnyTensor Tokens(AnyTensor z);

    /// <param name="tokens">(...) int64.</param>
    /// <returns>(..., D) float32.</returns>
    public abstract AnyTensor Vectors(AnyTensor tokens);

    /// <inheritdoc cref="Tokens(AnyTensor)"/>
    public Tensor Tokens(Tensor z) => (Tensor)Tokens((AnyTensor)z);

    /// <inheritdoc cref="Vectors(AnyTensor)"/>
    public Tensor Vectors(Tensor tokens) => (Tensor)Vectors((AnyTensor)tokens);

    /// <summary>Quantizes in training; buffers may follow the latents that it sees.</summary>
    /// <param name="z">(N, ..., D) float32, of N examples.</param>
    public abstract Quantized Quantize(Tensor z, BatchRandom random);

    /// <summary>Gives codes that an epoch did not use a new place, in a codebook that knows how.</summary>
    /// <param name="counts">(K) int64: how often each was used.</param>
    public virtual void Reinitialize(Tensor counts, Generator generator)
    {
    }

    /// <summary>The values of <paramref name="quantized"/> with the gradient of <paramref name="z"/>.</summary>
    protected static Tensor StraightThrough(Tensor z, Tensor quantized) => z + (quantized - z).detach();
}

/// <param name="Latents">(..., D): the codes' vectors, whose gradient goes straight through to what was quantized (Bengio et al. 2013).</param>
/// <param name="Tokens">(...) int64.</param>
/// <param name="Loss">What is to be minimized beside the rest, a scalar; null: nothing.</param>
internal sealed record Quantized(Tensor Latents, Tensor Tokens, Tensor? Loss);

/// <summary>One kind of quantizer, which its own file describes.</summary>
/// <param name="Name">The end of the names of the networks that have it, such as fsq of s1x4x4_fsq.</param>
/// <param name="Width">The channels of the latents under a configuration.</param>
/// <param name="Create">Makes one with new weights, drawn from the default generator.</param>
internal sealed record Codebook(string Name, Func<NetworkConfig, int> Width, Func<NetworkConfig, ReconstructionConfig, Quantizer> Create);

/// <summary>The codebooks that the compact networks can have, each under a name of its own; a published network has the one that it came with.</summary>
internal static class Codebooks
{
    public static IReadOnlyList<Codebook> OfCompactNetworks { get; } = [FiniteScalarQuantizer.Kind];
}

/// <summary>Finds nearest vectors by squared distance.</summary>
internal static class Nearest
{
    /// <summary>Numbers of the matrix of distances that are there at a time.</summary>
    private const long MostDistances = 1 << 22;

    /// <param name="vectors">(..., D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(...) int64.</returns>
    public static AnyTensor Of(AnyTensor vectors, Tensor targets)
    {
        if (vectors.Eager is Tensor numbers)
        {
            var rows = numbers.flatten(0, -2);
            return (Kernels.CanRunOn(rows) ? Kernels.Nearest(rows, targets) : InParts(rows, targets)).view(numbers.shape[..^1]);
        }

        var across = vectors.Made(targets, t => t.t());                                      // (D, K)
        return (vectors.matmul(across) - (across.square().sum(0, keepdim: true) * 0.5)).argmax(-1);
    }

    private static Tensor InParts(Tensor vectors, Tensor targets)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var (across, half) = (targets.t(), targets.square().sum(1) / 2);
        var parts = Math.Max(1, vectors.shape[0] * targets.shape[0] / MostDistances);

        // |v - t|² is least where v·t - |t|²/2 is greatest.
        return cat([.. vectors.chunk(parts).Select(part => (part.Times(across) - half).argmax(1))]).MoveToOuterDisposeScope();
    }
}
