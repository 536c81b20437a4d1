using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Mamba as a language model (Gu and Dao 2023): no positions, and a memory of one size however many tokens it has seen.</summary>
internal sealed class Mamba : TokenNetwork
{
    private readonly MambaStack _stack;

    public Mamba(TokenNetworkConfig config, long vocabulary)
        : base(nameof(Mamba), config, vocabulary)
    {
        _stack = new MambaStack(config, isRms: true, Table);
        Register([("backbone", _stack), .. Levels]);
    }

    /// <inheritdoc/>
    public override AnyTensor Features(TokenInput input)
    {
        using var nothing = input.State is null ? null : no_grad();
        var x = _stack.forward(Embed(input), null, input.State, null, null);
        input.State?.Advance(input.Tokens.shape[1]);
        return x;
    }
}

/// <summary>All blocks of a Mamba, and the norm behind them.</summary>
internal sealed class MambaStack : TokenBlock
{
    private readonly (nn.Module<Tensor, Tensor> Norm, MambaMixer Mixer)[] _layers;
    private readonly nn.Module<Tensor, Tensor> _norm;

    /// <param name="isRms">Root mean squares normalize tokens in place of layer norms.</param>
    /// <param name="table">Of tokens, where it is a part of this under the published names.</param>
    public MambaStack(TokenNetworkConfig config, bool isRms, Embedding? table = null)
        : base(nameof(MambaStack))
    {
        nn.Module<Tensor, Tensor> NewNorm() => isRms ? new RootMeanSquareNorm(config.NEmbd, epsilon: 1e-5) : nn.LayerNorm(config.NEmbd);
        _layers = [.. Enumerable.Range(0, config.NLayer).Select(_ => (NewNorm(), new MambaMixer(config)))];
        _norm = NewNorm();
        Register(
        [
            .. table is null ? Array.Empty<(string, nn.Module)>() : [("embedding", table)],
            .. _layers.SelectMany((layer, i) => new (string, nn.Module)[] { ($"layers.{i}.norm", layer.Norm), ($"layers.{i}.mixer", layer.Mixer) }),
            ("norm_f", _norm),
        ]);
    }

    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, Rotation? turns)
    {
        foreach (var (norm, mixer) in _layers)
        {
            x += mixer.forward(norm.forward(x), state);
        }

        return _norm.forward(x);
    }
}
