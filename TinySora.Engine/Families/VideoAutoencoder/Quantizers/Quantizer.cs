using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Converts latents to tokens, and tokens to latents.</summary>
internal abstract class Quantizer(string name) : nn.Module(name)
{
    public abstract int Codes { get; }

    public abstract int Width { get; }

    /// <param name="z">(..., D) float32.</param>
    /// <returns>(...) int64, each less than <see cref="Codes"/>.</returns>
    public abstract AnyTensor Tokens(AnyTensor z);

    /// <param name="tokens">(...) int64.</param>
    /// <returns>(..., D) float32.</returns>
    public abstract AnyTensor Vectors(AnyTensor tokens);

    /// <inheritdoc cref="Tokens(AnyTensor)"/>
    public Tensor Tokens(Tensor z) => (Tensor)Tokens((AnyTensor)z);

    /// <inheritdoc cref="Vectors(AnyTensor)"/>
    public Tensor Vectors(Tensor tokens) => (Tensor)Vectors((AnyTensor)tokens);

    /// <summary>Quantizes latents in training. Buffers of the quantizer may change.</summary>
    /// <param name="z">Latents (N, ..., D) float32 of N examples.</param>
    public abstract Quantized Quantize(Tensor z, BatchRandom random);

    /// <summary>Quantizes latents in training without changing the codes.</summary>
    public Quantized QuantizeFixed(Tensor z)
    {
        var tokens = Tokens(z);
        return new(Vectors(tokens), tokens, Loss: null);
    }

    /// <summary>Replaces codes that were not used in an epoch, if the codebook supports this.</summary>
    /// <param name="counts">Number of uses of each code, (K) int64.</param>
    public virtual void Reinitialize(Tensor counts, Generator generator)
    {
    }

    /// <summary>Returns the values of <paramref name="quantized"/> with the gradient of <paramref name="z"/>.</summary>
    protected static Tensor StraightThrough(Tensor z, Tensor quantized) => z + (quantized - z).detach();
}

/// <param name="Latents">Vectors of the codes (..., D), with a straight-through gradient to the encoder's latents (Bengio et al. 2013).</param>
/// <param name="Tokens">(...) int64.</param>
/// <param name="Loss">Additional loss, a scalar; <c>null</c> for none.</param>
internal sealed record Quantized(Tensor Latents, Tensor Tokens, Tensor? Loss);

/// <summary>A kind of quantizer, which the quantizer's class defines.</summary>
/// <param name="Name">Suffix in the names of networks that use the quantizer, such as fsq in s1x4x4_fsq.</param>
/// <param name="Width">Returns the number of latent channels for a configuration.</param>
/// <param name="Create">Creates a quantizer with new weights from the default generator.</param>
internal sealed record Codebook(string Name, Func<NetworkConfig, int> Width, Func<NetworkConfig, ReconstructionConfig, Quantizer> Create);

/// <summary>Codebooks for compact networks. Each compact network exists with every one of these codebooks; published networks have fixed codebooks.</summary>
internal static class Codebooks
{
    public static IReadOnlyList<Codebook> ForCompactNetworks { get; } = [FiniteScalarQuantizer.Kind];
}

/// <summary>Finds nearest vectors by squared distance.</summary>
internal static class NearestVector
{
    /// <summary>Maximum number of distances to hold in memory at a time.</summary>
    private const long MaxDistances = 1 << 22;

    /// <param name="vectors">(..., D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(...) int64.</returns>
    public static AnyTensor Find(AnyTensor vectors, Tensor targets)
    {
        if (vectors.Eager is Tensor numbers)
        {
            var rows = numbers.flatten(0, -2);
            return (Kernels.CanRunOn(rows) ? Kernels.FindNearest(rows, targets) : InParts(rows, targets)).view(numbers.shape[..^1]);
        }

        var across = vectors.Prepare(targets, t => t.t());                                      // (D, K)
        return (vectors.matmul(across) - (across.square().sum(0, keepdim: true) * 0.5)).argmax(-1);
    }

    private static Tensor InParts(Tensor vectors, Tensor targets)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var (across, half) = (targets.t(), targets.square().sum(1) / 2);
        var parts = Math.Max(1, vectors.shape[0] * targets.shape[0] / MaxDistances);

        // |v - t|² is smallest if v·t - |t|²/2 is largest.
        return cat([.. vectors.chunk(parts).Select(part => (part.Times(across) - half).argmax(1))]).MoveToOuterDisposeScope();
    }
}

/// <summary>Counts how often each code is used in an epoch. The counts are part of a checkpoint, so that a resumed run continues counting.</summary>
internal sealed class EpochUsage : nn.Module
{
    private readonly Tensor counts;
    private readonly Tensor epoch;

    public EpochUsage(int codes)
        : base(nameof(EpochUsage))
    {
        counts = zeros([codes], ScalarType.Int64);
        epoch = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>Number of uses of each code in the epoch, (K) int64.</summary>
    public Tensor Counts => counts;

    /// <summary>Index of the counted epoch, starting at 0.</summary>
    public long Epoch => epoch.ToInt64();

    public static Tensor Share(Tensor counts) => counts.gt(0).to(ScalarType.Float32).mean();

    /// <summary>Returns exp(-Σ p ln p), the number of equally frequent codes with the same entropy.</summary>
    public static Tensor Perplexity(Tensor counts)
    {
        var p = counts.to(ScalarType.Float32) / counts.sum().clamp_min(1);
        return (-(p * (p + 1e-10).log()).sum()).exp();
    }

    /// <param name="tokens">Tokens of any shape, int64.</param>
    public void Add(Tensor tokens)
    {
        using var nothing = no_grad();
        var hit = tokens.flatten();
        counts.index_add_(0, hit, ones_like(hit), 1);
    }

    public void StartEpoch(long number)
    {
        using var nothing = no_grad();
        counts.zero_();
        epoch.fill_(number);
    }
}
