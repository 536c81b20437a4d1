using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;

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

    public override AnyTensor Encode(AnyTensor frames) => quant_conv.forward(encoder.forward(frames)).Widened();

    public override AnyTensor Decode(AnyTensor latents) => decoder.forward(post_quant_conv.forward(latents).Widened());
}
