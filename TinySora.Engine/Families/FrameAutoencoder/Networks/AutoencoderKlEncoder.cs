using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>The encoder from frames to means and logarithms of variances, before <c>quant_conv</c>.</summary>
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
        var x = down_blocks.Aggregate(conv_in.forward(input).Widened(), (x, level) => level.forward(x));
        return conv_out.forward(conv_norm_out.forward(mid_block.forward(x))).Widened();
    }
}
