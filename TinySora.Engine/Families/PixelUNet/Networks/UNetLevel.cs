using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// One resolution in the U-Net's encoder or decoder. It is a list because the original code names the parts of a level by number: 0 and 1 are the residual
/// blocks, 2 is spatial attention, 3 is temporal attention, and 4 is the change of resolution. 5 is attention to the text, which
/// only TinySora has.
/// </summary>
internal sealed class UNetLevel : ModuleList<nn.Module>
{
    private readonly ResBlock _block1;
    private readonly ResBlock _block2;
    private readonly Residual<SpatialLinearAttention>? _spatial;
    private readonly Residual<TemporalAttention> _temporal;
    private readonly Layer? _resample;
    private readonly TextAttention? _text;

    private UNetLevel(
        ResBlock block1, ResBlock block2, Residual<SpatialLinearAttention>? spatial, Residual<TemporalAttention> temporal, Layer? resample,
        TextAttention? text)
        : base([block1, block2, spatial ?? (nn.Module)nn.Identity(), temporal, resample ?? (nn.Module)nn.Identity(), .. text is null ? [] : new[] { text }]) =>
        (_block1, _block2, _spatial, _temporal, _resample, _text) = (block1, block2, spatial, temporal, resample, text);

    /// <param name="condition">Width of the conditioning vector.</param>
    /// <param name="resample">Halves or doubles the resolution; <c>null</c> at the last level of encoder and decoder.</param>
    public static UNetLevel Create(ModelConfig config, int inputs, int outputs, int condition, RotaryEmbedding rotary, Layer? resample) => new(
        new ResBlock(inputs, outputs, condition),
        new ResBlock(outputs, outputs, condition),
        config.UseSparseLinearAttn ? new(outputs, new SpatialLinearAttention(outputs, config.AttnHeads)) : null,
        TemporalAttention.CreateResidual(outputs, config, rotary),
        resample,
        TextAttention.OrNull(config, outputs));

    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="condition">(B, 1 or F, E).</param>
    /// <param name="text">Text to attend to, if the level has text attention.</param>
    /// <returns>(B, F, H, W, C') at the resolution of the input.</returns>
    public AnyTensor Transform(AnyTensor x, AnyTensor condition, FramePositions positions, TextTokens? text)
    {
        x = _block1.forward(x, condition);
        x = _block2.forward(x, condition);
        x = _spatial is null ? x : _spatial.forward(x);
        x = _text is null ? x : _text.forward(x, text!);
        return _temporal.forward(x, positions);
    }

    /// <returns>(B, F, H', W', C) at half or twice the resolution; the input itself at the last level of encoder and decoder.</returns>
    public AnyTensor Resample(AnyTensor x) => _resample is null ? x : _resample.forward(x);
}
