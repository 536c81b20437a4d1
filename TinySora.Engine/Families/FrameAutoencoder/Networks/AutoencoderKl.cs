using TinySora.Engine.Compute;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>
/// The VAE of latent diffusion (Rombach et al. 2022), Stable Diffusion's. Field names are those of diffusers, because they become the keys
/// of a checkpoint; 83 653 863 parameters in Stable Diffusion's configuration.
/// </summary>
internal sealed class AutoencoderKl : FrameNetwork
{
    private readonly AutoencoderKlEncoder encoder;
    private readonly Conv quant_conv;
    private readonly Conv post_quant_conv;
    private readonly AutoencoderKlDecoder decoder;

    public AutoencoderKl(FrameModelConfig model)
        : base(nameof(AutoencoderKl))
    {
        encoder = new AutoencoderKlEncoder(model);
        quant_conv = FrameBlock.Square(2 * model.ZChannels, 2 * model.ZChannels, 1);
        post_quant_conv = FrameBlock.Square(model.ZChannels, model.ZChannels, 1);
        decoder = new AutoencoderKlDecoder(model);
        RegisterComponents();
    }

    public override Tensor Encode(Tensor frames) => Precision.Widen(quant_conv.forward(encoder.forward(frames)));

    public override Tensor Decode(Tensor latents) => decoder.forward(Precision.Widen(post_quant_conv.forward(latents)));

    public override OnnxTensor Encode(OnnxTensor frames) => quant_conv.forward(encoder.forward(frames));

    public override OnnxTensor Decode(OnnxTensor latents) => decoder.forward(post_quant_conv.forward(latents));
}
