using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>The decoder from latents, after <c>post_quant_conv</c>, to frames. Each level has one residual layer more than the encoder's.</summary>
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
        var x = mid_block.forward(conv_in.forward(input).Widened());
        x = up_blocks.Aggregate(x, (x, level) => level.forward(x));
        return conv_out.forward(conv_norm_out.forward(x)).Widened();
    }
}
