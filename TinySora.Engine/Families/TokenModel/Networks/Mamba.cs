using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
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
