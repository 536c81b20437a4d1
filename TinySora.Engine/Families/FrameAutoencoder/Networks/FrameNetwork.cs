using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>A network that makes latents of frames, each by itself, and frames of latents (Kingma and Welling 2014).</summary>
internal abstract class FrameNetwork(string name) : nn.Module(name)
{
    /// <param name="frames">(B, F, H, W, C) in [-1, 1].</param>
    /// <returns>(B, F, h, w, 2z) float32: means of the latents, then logarithms of their variances.</returns>
    public abstract Tensor Encode(Tensor frames);

    /// <param name="latents">(B, F, h, w, z).</param>
    /// <returns>(B, F, H, W, C) float32, where [-1, 1] is black to white.</returns>
    public abstract Tensor Decode(Tensor latents);

    /// <inheritdoc cref="Encode(Tensor)"/>
    public abstract OnnxTensor Encode(OnnxTensor frames);

    /// <inheritdoc cref="Decode(Tensor)"/>
    public abstract OnnxTensor Decode(OnnxTensor latents);
}
