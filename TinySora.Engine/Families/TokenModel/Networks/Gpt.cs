using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// A transformer over tokens with learned positions. Depending on its blocks, it is nanoGPT, mdGPT, nanoGPT with Mamba blocks, or the masked transformer.
/// </summary>
internal sealed class Gpt : TokenNetwork
{
    private readonly LearnedPositions _positions;
    private readonly TokenBlock[] _blocks;
    private readonly LayerNorm _norm;
    private readonly double _dropout;
    private readonly bool _isCausal;
    private readonly int _headWidth;
    private readonly TokenShape? _grid;

    /// <param name="grid">
    /// Shape of clips, for rotary embeddings and bidirectional attention; <c>null</c> for causal attention without rotary embeddings.
    /// </param>
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
        var x = Embed(input, state?.TokenCount ?? 0, chance);
        var context = input.Context is null ? null : Embed(new(input.Context) { Positions = input.ContextPositions }, 0, chance);
        var turns = _grid is TokenShape grid ? Turns(grid, x.device) : null;
        x = _blocks.Aggregate(x, (y, block) => block.forward(y, context, state, chance, turns));
        state?.Advance(input.Tokens.shape[1]);
        return _norm.forward(x);
    }

    public override TokenState? NewState() => _isCausal ? base.NewState() : null;

    private RotaryTable Turns(TokenShape grid, Device device)
    {
        var places = grid.Positions(arange(grid.Count, ScalarType.Int64, device)).to(ScalarType.Float64);
        return RotaryTable.ForPositions(_headWidth, places.select(1, 0), places.select(1, 1), places.select(1, 2));
    }

    /// <param name="first">Index of the first token.</param>
    private AnyTensor Embed(TokenInput input, long first, BatchRandom? chance) => Dropout.Apply(
        Embed(input) + _positions.Embed(input.Positions, first, input.Tokens.shape[1], input.Tokens.device), _dropout, chance);
}

/// <summary>
/// A transformer block in pre-norm form (GPT-2, Radford et al. 2019), with attention and a feed-forward layer. In mdGPT it also has cross attention to a
/// context; in a masked transformer it may begin with a convolution over neighbors.
/// </summary>
internal sealed class GptBlock : TokenBlock
{
    /// <summary>Width of the hidden layer relative to that of tokens.</summary>
    private const int Ratio = 4;

    private readonly SelfAttention _attention;
    private readonly CrossAttention? _cross;
    private readonly PositionConv? _neighbours;
    private readonly long[] _grid;
    private readonly LayerNorm[] _norms;
    private readonly Linear _first;
    private readonly Linear _second;
    private readonly double _dropout;

    /// <param name="shape">Shape of clips, for bidirectional attention; <c>null</c> for causal attention.</param>
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
    /// Returns the initial standard deviation for the weights of residual branches. It decreases with the number of branches, so that the scale of the
    /// branches' sum stays the same.
    /// </summary>
    public static double ResidualDeviation(TokenNetworkConfig config) => TokenNetwork.Deviation / Math.Sqrt(2 * config.NLayer);

    public override AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, RotaryTable? turns)
    {
        x = _neighbours is null ? x : x + _neighbours.forward(x.unflatten(1, _grid)).flatten(1, 3);
        x += Dropout.Apply(_attention.forward(_norms[0].forward(x), state, chance, turns), _dropout, chance);
        if (_cross is not null && _cross.KeysAndValues(context is null ? null : () => _norms[3].forward(context), state) is AnyTensor seen)
        {
            x += _cross.forward(_norms[2].forward(x), seen);
        }

        var hidden = _first.forward(_norms[1].forward(x)).gelu();
        return x + Dropout.Apply(_second.forward(hidden), _dropout, chance);
    }
}

/// <summary>Self-attention over the tokens of a sequence, causal or bidirectional.</summary>
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
    /// <param name="turns">Rotary embedding of queries and keys, which is only allowed if there is no state; <c>null</c> for no rotary embedding.</param>
    /// <returns>(B, T, C).</returns>
    public AnyTensor forward(AnyTensor x, TokenState? state, BatchRandom? chance, RotaryTable? turns)
    {
        var packed = _projection.forward(x).unflatten(2, 3, _heads, _headWidth).unsqueeze(1);                    // (B, 1, T, 3, h, d)
        return _output.forward((turns is not null ? Turned(packed, turns, chance)
            : state is { TokenCount: > 0 } ? Following((Tensor)packed, state)
            : First(packed, state, chance)).flatten(3).squeeze(1));
    }

    private AnyTensor Turned(AnyTensor packed, RotaryTable turns, BatchRandom? chance)
    {
        var parts = packed.unbind(3);
        return TokenAttention.Attend(turns.Apply(parts[0]), turns.Apply(parts[1]), parts[2], isCausal: _isCausal, dropout: _dropout, chance: chance);
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

    /// <summary>Appends new keys and values to the cache and returns the keys and values of all tokens so far.</summary>
    /// <returns>(B, 1, seen + T, 2, h, d).</returns>
    private Tensor Remembered(Tensor packed, TokenState state)
    {
        var tokens = packed.shape[2];
        var memory = state.GetOrAdd(this, "past", () => empty([packed.shape[0], 1, _longest, 2, _heads, _headWidth], packed.dtype, packed.device));
        memory.narrow(2, state.TokenCount, tokens).copy_(packed.narrow(3, 1, 2));
        return memory.narrow(2, 0, state.TokenCount + tokens);
    }

    /// <summary>Returns a mask that hides later tokens from each of several new tokens.</summary>
    /// <returns>(h, T, seen + T); <c>null</c> for a single token.</returns>
    private Tensor? Later(Tensor packed, TokenState state)
    {
        var tokens = packed.shape[2];
        return tokens == 1 ? null
            : ones([tokens, state.TokenCount + tokens], ScalarType.Float32, packed.device).triu(state.TokenCount + 1).mul(-1e9).expand(_heads, -1, -1);
    }
}

/// <summary>Cross attention from the tokens of each example to those of its context.</summary>
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

    /// <summary>Returns the keys and values of a context, or the cached ones if there is no new context.</summary>
    /// <param name="context">Computes the context (B, S, C); <c>null</c> if there is no new context.</param>
    /// <returns>(B, 1, S, 2, h, d); <c>null</c> if there is no context.</returns>
    public AnyTensor? KeysAndValues(Func<AnyTensor>? context, TokenState? state)
    {
        const string Name = "context";
        AnyTensor Make() => _keysAndValues.forward(context!()).unflatten(2, 2, _heads, -1).unsqueeze(1);
        return context is null ? state?.Find(this, Name) : state is null ? Make() : state.GetOrAdd(this, Name, () => (Tensor)Make());
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
