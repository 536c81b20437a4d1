using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>An autoencoder with its current weights. It encodes clips as latents or tokens, and decodes latents to clips.</summary>
public interface IClipCodec
{
    /// <summary>Shape of the clips that the autoencoder was trained on. Other sizes may also work; see <see cref="Stride"/>.</summary>
    ClipShape Shape { get; }

    /// <summary>Number of frames, rows and columns of a clip per position in its latents. The sizes of a clip must be multiples of these numbers.</summary>
    LatentStride Stride { get; }

    int Channels { get; }

    /// <summary>Number of different tokens; <c>null</c> if the autoencoder has no quantizer.</summary>
    int? Codes { get; }

    /// <summary>Whether the encoder predicts a distribution (posterior) that latents are drawn from; see <see cref="Moments"/>.</summary>
    bool HasPosterior { get; }

    /// <summary>Layers that convert clips to latents or tokens, and tokens to latents.</summary>
    IEnumerable<nn.Module> EncodingLayers { get; }

    /// <summary>Returns the latents of clips: the mean of the posterior, or the nearest vectors in the codebook.</summary>
    /// <param name="clips">(B, C, F, H, W) float32 in [0, 1].</param>
    /// <returns>(B, D, t, h, w) float32.</returns>
    /// <exception cref="TinySoraException">TinySora.Model.NotDivisible.</exception>
    Tensor Encode(Tensor clips);

    /// <summary>Returns the mean and log variance of the posterior; requires <see cref="HasPosterior"/>.</summary>
    /// <inheritdoc cref="Encode"/>
    /// <returns>(B, 2D, t, h, w) float32, means first.</returns>
    Tensor Moments(Tensor clips);

    /// <summary>Returns the tokens of clips; requires <see cref="Codes"/>.</summary>
    /// <inheritdoc cref="Encode"/>
    /// <returns>(B, t, h, w) int64.</returns>
    Tensor Tokens(Tensor clips);

    /// <summary>Returns the latent vectors of tokens; requires <see cref="Codes"/>.</summary>
    /// <param name="tokens">(B, t, h, w) int64, each less than <see cref="Codes"/>.</param>
    /// <returns>(B, D, t, h, w) float32.</returns>
    Tensor Vectors(Tensor tokens);

    /// <summary>Decodes latents to clips.</summary>
    /// <param name="latents">(B, D, t, h, w) float32.</param>
    /// <returns>(B, C, F, H, W) float32 in [0, 1], black to white, but not clamped.</returns>
    Tensor Decode(Tensor latents);

    /// <summary>Adds the operations of <see cref="Decode(Tensor)"/> to a graph.</summary>
    /// <param name="latents">(B, D, t, h, w).</param>
    /// <returns>(B, C, F, H, W).</returns>
    AnyTensor Decode(AnyTensor latents);
}

/// <summary>Stride of an autoencoder: number of frames, rows and columns of a clip per position in its latents.</summary>
public readonly record struct LatentStride(int Frames, int Height, int Width)
{
    /// <exception cref="TinySoraException">TinySora.Model.NotDivisible, which suggests the nearest valid sizes.</exception>
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
