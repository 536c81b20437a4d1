using TinySora.Engine.Compute;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// A network that predicts tokens. The names of its parts are those of the published code. Its head is the table of its tokens (Press and
/// Wolf 2017), of which published files have a copy under a second name.
/// </summary>
internal abstract class TokenNetwork(string name, TokenNetworkConfig config, long vocabulary) : PublishedModule(name)
{
    /// <summary>The deviation of new weights of tables and linear layers.</summary>
    public const double Deviation = 0.02;

    private readonly CodeLevels? _levels = config.CodeLevels is null ? null : new(config.CodeLevels, config.NEmbd);

    /// <summary>The table of the tokens' vectors.</summary>
    protected Embedding Table { get; } = NewTable(vocabulary, config.NEmbd);

    /// <summary>What is beside that table, by its name.</summary>
    protected IEnumerable<(string Path, nn.Module Part)> Levels => _levels is null ? [] : [(CodeLevels.Name, _levels.Table)];

    /// <returns>(B, T, hidden) float32: behind the last norm.</returns>
    public abstract AnyTensor Features(TokenInput input);

    /// <inheritdoc cref="Features"/>
    public Tensor forward(TokenInput input) => (Tensor)Features(input);

    /// <param name="features">(..., hidden).</param>
    /// <returns>(..., V), in the type that products have.</returns>
    public Tensor Logits(Tensor features) => (Tensor)Logits((AnyTensor)features);

    /// <inheritdoc cref="Logits(Tensor)"/>
    public AnyTensor Logits(AnyTensor features) => _levels is null
        ? features.linear(Table.weight!, bias: null)
        : features.linear(features.Made(Table.weight!, own => Precision.Narrow(_levels.AddTo(own))));

    /// <summary>An empty memory for <see cref="TokenInput.State"/>, to be disposed; null: the network looks at all tokens at once.</summary>
    public virtual TokenState? NewState() => new();

    /// <summary>The tokens, and what is added to all of them.</summary>
    protected AnyTensor Embed(TokenInput input) =>
        input.Text is null ? Vectors(input.Tokens) : Vectors(input.Tokens) + input.Text.unsqueeze(1);

    /// <summary>A table of vectors with new weights.</summary>
    public static Embedding NewTable(long rows, long width)
    {
        var table = nn.Embedding(rows, width);
        nn.init.normal_(table.weight!, 0, Deviation);
        return table;
    }

    /// <returns>(B, T, hidden).</returns>
    private AnyTensor Vectors(AnyTensor tokens) => _levels is null ? Table.forward(tokens)
        : tokens.embedding(tokens.Made(Table.weight!, _levels.AddTo));
}
