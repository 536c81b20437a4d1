using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>A network that makes latents of frames, each by itself, and frames of latents (Kingma and Welling 2014).</summary>
internal abstract class FrameNetwork(string name) : nn.Module(name)
{
    /// <param name="frames">(B, F, H, W, C) in [-1, 1].</param>
    /// <returns>(B, F, h, w, 2z) float32: means of the latents, then logarithms of their variances.</returns>
    public abstract AnyTensor Encode(AnyTensor frames);

    /// <param name="latents">(B, F, h, w, z).</param>
    /// <returns>(B, F, H, W, C) float32, where [-1, 1] is black to white.</returns>
    public abstract AnyTensor Decode(AnyTensor latents);

    /// <inheritdoc cref="Encode(AnyTensor)"/>
    public Tensor Encode(Tensor frames) => (Tensor)Encode((AnyTensor)frames);

    /// <inheritdoc cref="Decode(AnyTensor)"/>
    public Tensor Decode(Tensor latents) => (Tensor)Decode((AnyTensor)latents);
}
