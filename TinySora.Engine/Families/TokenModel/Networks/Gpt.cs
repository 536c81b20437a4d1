using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Tokens with learned positions, blocks and a norm: by these nanoGPT, mdGPT, nanoGPT with Mamba's blocks or the masked transformer.</summary>
internal sealed class Gpt : TokenNetwork
{
    private readonly LearnedPositions _positions;
    private readonly TokenBlock[] _blocks;
    private readonly LayerNorm _norm;
    private readonly double _dropout;
    private readonly bool _isCausal;
    private readonly int _headWidth;
    private readonly TokenShape? _grid;

    /// <param name="grid">Of clips, whose places turn queries and keys; null: they do not turn, and a token sees only those before it.</param>
    public Gpt(TokenNetworkConfig config, long vocabulary, LearnedPositions positions, IEnumerable<TokenBlock> blocks, TokenShape? grid = null)
        : base(nameof(Gpt), config, vocabulary)
    {
        (_positions, _blocks, _dropout, _isCausal) = (positions, [.. blocks], config.Dropout, grid is null);
        (_grid, _headWidth) = (grid, config.NEmbd / config.NHead);
        _norm = nn.LayerNorm(config.NEmbd, bias: config.Bias);
        Register(
        [
            ("transformer.wte", Table), .. positions.Parts,
            .. _blocks.Select((block, i) => ($"transformer.h.{i}", (nn.Module)block)), ("transformer.ln_f", _norm), .. Levels,
        ]);
    }

    public override AnyTensor Features(TokenInput input)
    {
        var (state, chance) = (input.State, input.Chance);
        using var nothing = state is null ? null : no_grad();
        var x = Embed(input, state?.Seen ?? 0, chance);
        var context = input.Context is null ? null : Embed(new(input.Context) { Positions = input.ContextPositions }, 0, chance);
        var turns = _grid is TokenShape grid ? Turns(grid, x.device) : null;
        x = _blocks.Aggregate(x, (y, block) => block.forward(y, context, state, chance, turns));
        state?.Advance(input.Tokens.shape[1]);
        return _norm.forward(x);
    }

    public override TokenState? NewState() => _isCausal ? base.NewState() : null;

    private Rotation Turns(TokenShape grid, Device device)
    {
        var places = grid.Positions(arange(grid.Count, ScalarType.Int64, device)).to(ScalarType.Float64);
        return Rotation.Along(_headWidth, places.select(1, 0), places.select(1, 1), places.select(1, 2));
    }

    /// <param name="first">Number of the first token.</param>
    private AnyTensor Embed(TokenInput input, long first, BatchRandom? chance) => Dropout.Of(
        Embed(input) + _positions.Of(input.Positions, first, input.Tokens.shape[1], input.Tokens.device), _dropout, chance);
}

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

/// <summary>Attention of the tokens of a sequence to each other, or to those before them.</summary>
internal sealed class SelfAttention : PublishedModule
{
    private readonly Linear _projection;
    private readonly Linear _output;
    private readonly int _heads;
    private readonly int _headWidth;
    private readonly int _longest;
    private readonly double _dropout;
    private readonly bool _isCausal;

    public SelfAttention(TokenNetworkConfig config, bool isCausal)
        : base(nameof(SelfAttention))
    {
        (_heads, _headWidth) = (config.NHead, config.NEmbd / config.NHead);
        (_longest, _dropout, _isCausal) = (config.BlockSize, config.Dropout, isCausal);
        _projection = new Linear(config.NEmbd, 3 * config.NEmbd, config.Bias).Normal(TokenNetwork.Deviation);
        _output = new Linear(config.NEmbd, config.NEmbd, config.Bias).Normal(GptBlock.ResidualDeviation(config));
        Register([("c_attn", _projection), ("c_proj", _output)]);
    }

    /// <param name="x">(B, T, C).</param>
    /// <param name="turns">Only without a state; null: queries and keys do not turn.</param>
    /// <returns>(B, T, C).</returns>
    public AnyTensor forward(AnyTensor x, TokenState? state, BatchRandom? chance, Rotation? turns)
    {
        var packed = _projection.forward(x).unflatten(2, 3, _heads, _headWidth).unsqueeze(1);                    // (B, 1, T, 3, h, d)
        return _output.forward((turns is not null ? Turned(packed, turns, chance)
            : state is { Seen: > 0 } ? Following((Tensor)packed, state)
            : First(packed, state, chance)).flatten(3).squeeze(1));
    }

    private AnyTensor Turned(AnyTensor packed, Rotation turns, BatchRandom? chance)
    {
        var parts = packed.unbind(3);
        return TokenAttention.Attend(turns.Turn(parts[0]), turns.Turn(parts[1]), parts[2], isCausal: _isCausal, dropout: _dropout, chance: chance);
    }

    private AnyTensor First(AnyTensor packed, TokenState? state, BatchRandom? chance)
    {
        if (state is not null)
        {
            Remembered((Tensor)packed, state);
        }

        return TokenAttention.AttendPacked(packed, isCausal: _isCausal, dropout: _dropout, chance: chance);
    }

    private AnyTensor Following(Tensor packed, TokenState state)
    {
        var past = Remembered(packed, state).unbind(3);
        return TokenAttention.Attend(packed.select(3, 0), past[0], past[1], Later(packed, state));
    }

    /// <summary>The keys and values of all tokens so far, together with the new ones.</summary>
    /// <returns>(B, 1, seen + T, 2, h, d).</returns>
    private Tensor Remembered(Tensor packed, TokenState state)
    {
        var tokens = packed.shape[2];
        var memory = state.Of(this, "past", () => empty([packed.shape[0], 1, _longest, 2, _heads, _headWidth], packed.dtype, packed.device));
        memory.narrow(2, state.Seen, tokens).copy_(packed.narrow(3, 1, 2));
        return memory.narrow(2, 0, state.Seen + tokens);
    }

    /// <summary>A mask that keeps each of several new tokens from seeing later ones.</summary>
    /// <returns>(h, T, seen + T); null: it is a single one.</returns>
    private Tensor? Later(Tensor packed, TokenState state)
    {
        var tokens = packed.shape[2];
        return tokens == 1 ? null
            : ones([tokens, state.Seen + tokens], ScalarType.Float32, packed.device).triu(state.Seen + 1).mul(-1e9).expand(_heads, -1, -1);
    }
}

/// <summary>Attention of tokens to those of a context, each example's to its own.</summary>
internal sealed class CrossAttention : PublishedModule
{
    private readonly Linear _queries;
    private readonly Linear _keysAndValues;
    private readonly Linear _output;
    private readonly int _heads;

    public CrossAttention(TokenNetworkConfig config)
        : base(nameof(CrossAttention))
    {
        var width = config.NEmbd;
        _heads = config.NHead;
        _queries = new Linear(width, width).Normal(TokenNetwork.Deviation);
        _keysAndValues = new Linear(width, 2 * width).Normal(TokenNetwork.Deviation);
        _output = new Linear(width, width).Normal(TokenNetwork.Deviation);
        Register([("q_linear", _queries), ("kv_linear", _keysAndValues), ("proj", _output)]);
    }

    /// <summary>The keys and values of a context, or those that a state has kept, so that they are computed once.</summary>
    /// <param name="context">Makes (B, S, C); null: none is told.</param>
    /// <returns>(B, 1, S, 2, h, d); null: there is nothing to attend to.</returns>
    public AnyTensor? KeysAndValues(Func<AnyTensor>? context, TokenState? state)
    {
        const string Name = "context";
        AnyTensor Make() => _keysAndValues.forward(context!()).unflatten(2, 2, _heads, -1).unsqueeze(1);
        return context is null ? state?.Find(this, Name) : state is null ? Make() : state.Of(this, Name, () => (Tensor)Make());
    }

    /// <param name="x">(B, T, C).</param>
    /// <returns>(B, T, C).</returns>
    public AnyTensor forward(AnyTensor x, AnyTensor keysAndValues)
    {
        var queries = _queries.forward(x).unflatten(2, _heads, -1).unsqueeze(1);                                // (B, 1, T, h, d)
        var parts = keysAndValues.unbind(3);
        return _output.forward(TokenAttention.Attend(queries, parts[0], parts[1]).flatten(3).squeeze(1));
    }
}
