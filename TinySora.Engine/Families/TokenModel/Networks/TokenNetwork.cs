using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// A network that predicts tokens. The names of its parts are those of the published code. Its head is the table of its tokens (Press and
/// Wolf 2017), of which published files have a copy under a second name.
/// </summary>
internal abstract class TokenNetwork(string name, long vocabulary, long width) : PublishedModule(name)
{
    /// <summary>The deviation of new weights of tables and linear layers.</summary>
    public const double Deviation = 0.02;

    /// <summary>The table of the tokens' vectors.</summary>
    protected Embedding Table { get; } = NewTable(vocabulary, width);

    /// <returns>(B, T, hidden) float32: behind the last norm.</returns>
    public abstract Tensor forward(TokenInput input);

    /// <summary>Writes the network into a graph.</summary>
    /// <returns>(B, T, hidden): behind the last norm.</returns>
    public abstract OnnxTensor Write(GraphTokens input);

    /// <inheritdoc cref="Logits(Tensor)"/>
    public OnnxTensor Logits(OnnxTensor features) => Linear.Product(features, Table.weight!, null);

    /// <param name="features">(..., hidden).</param>
    /// <returns>(..., V), in the type that products have.</returns>
    public Tensor Logits(Tensor features) => Linear.Product(features, Table.weight!, null);

    /// <summary>An empty memory for <see cref="TokenInput.State"/>, to be disposed; null: the network looks at all tokens at once.</summary>
    public virtual TokenState? NewState() => new();

    /// <summary>The tokens, and what is added to all of them.</summary>
    protected Tensor Embed(TokenInput input) =>
        input.Text is null ? Table.forward(input.Tokens) : Table.forward(input.Tokens) + input.Text.unsqueeze(1);

    /// <inheritdoc cref="Embed(TokenInput)"/>
    protected OnnxTensor Embed(GraphTokens input) =>
        input.Text is null ? Table.Apply(input.Tokens) : Table.Apply(input.Tokens) + input.Text.Unsqueeze(1);

    /// <summary>A table of vectors with new weights.</summary>
    public static Embedding NewTable(long rows, long width)
    {
        var table = nn.Embedding(rows, width);
        nn.init.normal_(table.weight!, 0, Deviation);
        return table;
    }
}
