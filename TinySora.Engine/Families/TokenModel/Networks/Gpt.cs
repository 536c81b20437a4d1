using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;

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

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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
