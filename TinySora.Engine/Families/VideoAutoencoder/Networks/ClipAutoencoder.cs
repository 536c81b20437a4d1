using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>An autoencoder for clips. Internally, channels are last: (B, F, H, W, C).</summary>
internal abstract class ClipAutoencoder(string name) : nn.Module(name)
{
    /// <summary>Number of channels of a clip: red, green and blue.</summary>
    public const int Channels = 3;

    /// <summary>Name of the module that counts the use of codes in an epoch.</summary>
    public const string UsageName = "usage";

    /// <summary>Pixel value, in [0, 1], that networks receive as zero.</summary>
    public const double Grey = 0.5;

    /// <summary>Quantizer of the latents; <c>null</c> for continuous latents.</summary>
    public abstract Quantizer? Quantizer { get; }

    /// <summary>Number of uses of each code in the current epoch; <c>null</c> if uses are not counted.</summary>
    public abstract EpochUsage? Usage { get; }

    /// <summary>Layers that convert clips to latents or tokens, and tokens to latents.</summary>
    public abstract IEnumerable<nn.Module> EncodingLayers { get; }

    /// <param name="clips">(B, C, F, H, W) in [0, 1].</param>
    /// <returns>(B, F, H, W, C) in [-0.5, 0.5].</returns>
    public static Tensor Pixels(Tensor clips) => (clips - Grey).permute(0, 2, 3, 4, 1).contiguous();

    /// <summary>Returns the latents before quantization, or the mean and log variance of their distribution.</summary>
    /// <param name="x">(B, F, H, W, 3).</param>
    /// <returns>(B, f, h, w, D) each, float32.</returns>
    public abstract (AnyTensor Mean, AnyTensor? LogVariance) Encode(AnyTensor x);

    /// <param name="z">(B, f, h, w, D).</param>
    /// <returns>(B, F, H, W, 3), float32.</returns>
    public abstract AnyTensor Decode(AnyTensor z);

    /// <inheritdoc cref="Encode(AnyTensor)"/>
    public (Tensor Mean, Tensor? LogVariance) Encode(Tensor x)
    {
        var (mean, logVariance) = Encode((AnyTensor)x);
        return ((Tensor)mean, (Tensor?)logVariance);
    }

    /// <inheritdoc cref="Decode(AnyTensor)"/>
    public Tensor Decode(Tensor z) => (Tensor)Decode((AnyTensor)z);
}
