using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Attention, in mdGPT to a context as well, and two layers over each token, each part behind a norm (GPT-2, Radford et al. 2019).</summary>
internal sealed class GptBlock : TokenBlock
{
    /// <summary>The width of the hidden layer, over the tokens' width.</summary>
    private const int Ratio = 4;

    private readonly SelfAttention _attention;
    private readonly CrossAttention? _cross;
    private readonly LayerNorm[] _norms;
    private readonly Linear _first;
    private readonly Linear _second;
    private readonly double _dropout;

    /// <param name="isCausal">Whether a token sees only those before it.</param>
    public GptBlock(TokenNetworkConfig config, bool isCausal, bool hasContext)
        : base(nameof(GptBlock))
    {
        var (width, hidden) = (config.NEmbd, Ratio * config.NEmbd);
        _dropout = config.Dropout;
        _attention = new SelfAttention(config, isCausal);
        _cross = hasContext ? new CrossAttention(config) : null;
        _norms = [.. Enumerable.Range(0, hasContext ? 4 : 2).Select(_ => nn.LayerNorm(width, bias: config.Bias))];
        _first = new Linear(width, hidden, config.Bias).Normal(TokenNetwork.Deviation);
        _second = new Linear(hidden, width, config.Bias).Normal(ResidualDeviation(config));
        Register(
        [
            .. _norms.Select((norm, i) => ($"ln_{i + 1}", (nn.Module)norm)),
            ("attn", _attention), ("mlp.c_fc", _first), ("mlp.c_proj", _second),
            .. _cross is null ? Array.Empty<(string, nn.Module)>() : [("cross_attn", _cross)],
        ]);
    }

    /// <summary>
    /// The deviation of new weights of layers whose results are added up; the more there are, the smaller it is, so that the sum stays alike.
    /// </summary>
    public static double ResidualDeviation(TokenNetworkConfig config) => TokenNetwork.Deviation / Math.Sqrt(2 * config.NLayer);

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor? context, TokenState? state, BatchRandom? chance, Rotation? turns)
    {
        x += Dropout.Of(_attention.forward(_norms[0].forward(x), state, chance, turns), _dropout, chance);
        if (_cross is not null && _cross.KeysAndValues(context is null ? null : () => _norms[3].forward(context), state) is Tensor seen)
        {
            x += _cross.forward(_norms[2].forward(x), seen);
        }

        var hidden = nn.functional.gelu(_first.forward(_norms[1].forward(x)));
        return x + Dropout.Of(_second.forward(hidden), _dropout, chance);
    }

    /// <inheritdoc/>
    public override OnnxTensor forward(OnnxTensor x, OnnxTensor? context, Rotation? turns)
    {
        x = x + _attention.forward(_norms[0].Apply(x), turns);
        x = _cross is null || context is null ? x : x + _cross.forward(_norms[2].Apply(x), _norms[3].Apply(context));
        return x + _second.forward(_first.forward(_norms[1].Apply(x)).Gelu());
    }
}
