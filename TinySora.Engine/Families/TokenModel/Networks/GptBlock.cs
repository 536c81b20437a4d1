using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// Attention, in mdGPT to a context as well, and two layers over each token, each part behind a norm (GPT-2, Radford et al. 2019); in a masked
/// transformer a convolution over neighbours in front of them, if it is configured.
/// </summary>
internal sealed class GptBlock : TokenBlock
{
    /// <summary>The width of the hidden layer, over the tokens' width.</summary>
    private const int Ratio = 4;

    private readonly SelfAttention _attention;
    private readonly CrossAttention? _cross;
    private readonly PositionConv? _neighbours;
    private readonly long[] _grid;
    private readonly LayerNorm[] _norms;
    private readonly Linear _first;
    private readonly Linear _second;
    private readonly double _dropout;

    /// <param name="shape">Of clips that are seen whole; null: a token sees only those before it.</param>
    public GptBlock(TokenNetworkConfig config, TokenShape? shape, bool hasContext)
        : base(nameof(GptBlock))
    {
        var (width, hidden) = (config.NEmbd, Ratio * config.NEmbd);
        _dropout = config.Dropout;
        _attention = new SelfAttention(config, isCausal: shape is null);
        _cross = hasContext ? new CrossAttention(config) : null;
        _neighbours = config.PositionConv ? new PositionConv(width) : null;
        _grid = shape is TokenShape clip ? [clip.Frames, clip.Height, clip.Width] : [];
        _norms = [.. Enumerable.Range(0, hasContext ? 4 : 2).Select(_ => nn.LayerNorm(width, bias: config.Bias))];
        _first = new Linear(width, hidden, config.Bias).Normal(TokenNetwork.Deviation);
        _second = new Linear(hidden, width, config.Bias).Normal(ResidualDeviation(config));
        Register(
        [
            .. _norms.Select((norm, i) => ($"ln_{i + 1}", (nn.Module)norm)),
            ("attn", _attention), ("mlp.c_fc", _first), ("mlp.c_proj", _second),
            .. _cross is null ? Array.Empty<(string, nn.Module)>() : [("cross_attn", _cross)],
            .. _neighbours is null ? Array.Empty<(string, nn.Module)>() : [("position_conv", _neighbours)],
        ]);
    }

    /// <summary>
    /// The deviation of new weights of layers whose results are added up; the more there are, the smaller it is, so that the sum stays alike.
    /// </summary>
    public static double ResidualDeviation(TokenNetworkConfig config) => TokenNetwork.Deviation / Math.Sqrt(2 * config.NLayer);

    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, Rotation? turns)
    {
        x = _neighbours is null ? x : x + _neighbours.forward(x.unflatten(1, _grid)).flatten(1, 3);
        x += Dropout.Of(_attention.forward(_norms[0].forward(x), state, chance, turns), _dropout, chance);
        if (_cross is not null && _cross.KeysAndValues(context is null ? null : () => _norms[3].forward(context), state) is AnyTensor seen)
        {
            x += _cross.forward(_norms[2].forward(x), seen);
        }

        var hidden = _first.forward(_norms[1].forward(x)).gelu();
        return x + Dropout.Of(_second.forward(hidden), _dropout, chance);
    }
}
