using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Converts latents to tokens, and tokens to latents.</summary>
internal abstract class Quantizer(string name) : nn.Module(name)
{
    /// <summary>The number of different tokens.</summary>
    public abstract int Codes { get; }

    /// <summary>Channels of the latents.</summary>
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
