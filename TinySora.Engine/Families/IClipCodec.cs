using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>A model that makes latents of clips, or tokens, and clips of those: an autoencoder. It computes with the weights that it has now.</summary>
public interface IClipCodec
{
    /// <summary>The shape of the clips that the codec was trained on; it may take others, see <see cref="Stride"/>.</summary>
    ClipShape Shape { get; }

    /// <summary>What of a clip one position of the latents stands for: the sizes of a clip are multiples of it.</summary>
    LatentStride Stride { get; }

    /// <summary>Channels of the latents.</summary>
    int Channels { get; }

    /// <summary>How many different tokens there are; null: it has none, since nothing is quantized.</summary>
    int? Codes { get; }

    /// <summary>Latents are drawn from a distribution that the encoder gives, see <see cref="Moments"/>.</summary>
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

    /// <summary>The latents that tokens stand for; only where there are <see cref="Codes"/>.</summary>
    /// <param name="tokens">(B, t, h, w) int64, each below <see cref="Codes"/>.</param>
    /// <returns>(B, D, t, h, w) float32.</returns>
    Tensor Vectors(Tensor tokens);

    /// <summary>The clips that latents are decoded to, (B, C, F, H, W) in [0, 1].</summary>
    /// <param name="latents">(B, D, t, h, w) float32.</param>
    /// <returns>(B, C, F, H, W) float32, where [0, 1] is black to white; what lies outside is not cut off.</returns>
    Tensor Decode(Tensor latents);
}
