using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// An autoencoder: a model that encodes clips as latents or tokens, and decodes these to clips. It computes with its present weights.
/// </summary>
public interface IClipCodec
{
    /// <summary>The shape of the clips that the codec was trained on; it may take others, see <see cref="Stride"/>.</summary>
    ClipShape Shape { get; }

    /// <summary>The frames, rows and columns of a clip that one position of its latents covers: the sizes of a clip are multiples of these.</summary>
    LatentStride Stride { get; }

    int Channels { get; }

    /// <summary>The number of different tokens; null: nothing is quantized.</summary>
    int? Codes { get; }

    /// <summary>Whether the encoder gives a distribution that latents are drawn from, see <see cref="Moments"/>.</summary>
    bool HasPosterior { get; }

    /// <summary>The latents of clips: the mean of a posterior, the nearest vectors of a codebook.</summary>
    /// <param name="clips">(B, C, F, H, W) float32 in [0, 1].</param>
    /// <returns>(B, D, t, h, w) float32.</returns>
    /// <exception cref="TinySoraException">TinySora.Model.NotDivisible.</exception>
    Tensor Encode(Tensor clips);

    /// <summary>Mean and logarithm of the variance of the posterior; only where there is one.</summary>
    /// <inheritdoc cref="Encode"/>
    /// <returns>(B, 2D, t, h, w) float32, the means first.</returns>
    Tensor Moments(Tensor clips);

    /// <summary>The tokens of clips; only where there are <see cref="Codes"/>.</summary>
    /// <inheritdoc cref="Encode"/>
    /// <returns>(B, t, h, w) int64.</returns>
    Tensor Tokens(Tensor clips);

    /// <summary>The latent vectors of tokens; only where there are <see cref="Codes"/>.</summary>
    /// <param name="tokens">(B, t, h, w) int64, each below <see cref="Codes"/>.</param>
    /// <returns>(B, D, t, h, w) float32.</returns>
    Tensor Vectors(Tensor tokens);

    /// <summary>The clips that latents are decoded to, (B, C, F, H, W) in [0, 1].</summary>
    /// <param name="latents">(B, D, t, h, w) float32.</param>
    /// <returns>(B, C, F, H, W) float32, where [0, 1] is black to white; what lies outside is not cut off.</returns>
    Tensor Decode(Tensor latents);

    /// <summary>Writes <see cref="Decode(Tensor)"/> into a graph.</summary>
    /// <param name="latents">(B, D, t, h, w).</param>
    /// <returns>(B, C, F, H, W).</returns>
    AnyTensor Decode(AnyTensor latents);
}

/// <summary>The frames, rows and columns of a clip that one position of its latents covers.</summary>
public readonly record struct LatentStride(int Frames, int Height, int Width)
{
    /// <exception cref="TinySoraException">TinySora.Model.NotDivisible, with the nearest sizes that can.</exception>
    public void Check(long frames, long height, long width)
    {
        Check("frames", frames, Frames);
        Check("rows", height, Height);
        Check("columns", width, Width);
    }

    private static void Check(string what, long size, int stride)
    {
        if (size % stride != 0 || size <= 0)
        {
            throw ModelErrors.NotDivisible(what, size, stride);
        }
    }
}
