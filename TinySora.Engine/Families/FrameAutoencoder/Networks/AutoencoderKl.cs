using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>
/// The VAE of latent diffusion (Rombach et al. 2022), used by Stable Diffusion. Fields have the same names as in diffusers, because they become the keys in
/// a checkpoint. The network has 83 653 863 parameters in Stable Diffusion's configuration.
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

    public override IEnumerable<nn.Module> EncodingLayers => [encoder, quant_conv];

    public override AnyTensor Encode(AnyTensor frames) => quant_conv.forward(encoder.forward(frames)).ToFloat32();

    public override AnyTensor Decode(AnyTensor latents) => decoder.forward(post_quant_conv.forward(latents).ToFloat32());
}

/// <summary>Encodes frames to means and log variances, before <c>quant_conv</c>.</summary>
internal sealed class AutoencoderKlEncoder : Layer
{
    private readonly Conv conv_in;
    private readonly ModuleList<AutoencoderKlLevel> down_blocks = new();
    private readonly AutoencoderKlMiddle mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv conv_out;

    public AutoencoderKlEncoder(FrameModelConfig model)
        : base(nameof(AutoencoderKlEncoder))
    {
        var widths = model.DownChannels;
        conv_in = FrameBlock.Square(model.FrameChannels, widths[0], 3);
        for (var i = 0; i < widths.Count; i++)
        {
            down_blocks.Add(new AutoencoderKlLevel(
                model.NormChannels, widths[Math.Max(i - 1, 0)], widths[i], model.NumDownLayers, halves: i < widths.Count - 1));
        }

        mid_block = new AutoencoderKlMiddle(model.NormChannels, widths[^1]);
        conv_norm_out = AutoencoderKlResNet.Norm(model.NormChannels, widths[^1], isActivated: true);
        conv_out = FrameBlock.Square(widths[^1], 2 * model.ZChannels, 3);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>(B, F, h, w, 2z).</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = down_blocks.Aggregate(conv_in.forward(input).ToFloat32(), (x, level) => level.forward(x));
        return conv_out.forward(conv_norm_out.forward(mid_block.forward(x))).ToFloat32();
    }
}

/// <summary>Decodes latents to frames, after <c>post_quant_conv</c>. Each level has one more residual layer than in the encoder.</summary>
internal sealed class AutoencoderKlDecoder : Layer
{
    private readonly Conv conv_in;
    private readonly AutoencoderKlMiddle mid_block;
    private readonly ModuleList<AutoencoderKlLevel> up_blocks = new();
    private readonly GroupNorm conv_norm_out;
    private readonly Conv conv_out;

    public AutoencoderKlDecoder(FrameModelConfig model)
        : base(nameof(AutoencoderKlDecoder))
    {
        var widths = model.DownChannels.Reverse().ToList();
        conv_in = FrameBlock.Square(model.ZChannels, widths[0], 3);
        mid_block = new AutoencoderKlMiddle(model.NormChannels, widths[0]);
        for (var i = 0; i < widths.Count; i++)
        {
            up_blocks.Add(new AutoencoderKlLevel(
                model.NormChannels, widths[Math.Max(i - 1, 0)], widths[i], model.NumDownLayers + 1, doubles: i < widths.Count - 1));
        }

        conv_norm_out = AutoencoderKlResNet.Norm(model.NormChannels, widths[^1], isActivated: true);
        conv_out = FrameBlock.Square(widths[^1], model.FrameChannels, 3);
        RegisterComponents();
    }

    /// <param name="input">(B, F, h, w, z).</param>
    /// <returns>(B, F, H, W, C).</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = mid_block.forward(conv_in.forward(input).ToFloat32());
        x = up_blocks.Aggregate(x, (x, level) => level.forward(x));
        return conv_out.forward(conv_norm_out.forward(x)).ToFloat32();
    }
}
