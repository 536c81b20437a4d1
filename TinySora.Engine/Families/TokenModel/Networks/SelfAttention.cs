using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

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
