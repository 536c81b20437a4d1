using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

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
