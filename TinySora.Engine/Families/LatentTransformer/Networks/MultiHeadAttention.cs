using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Attention among tokens, in space or in time, or from tokens to text.</summary>
internal sealed class MultiHeadAttention : PublishedModule
{
    private readonly Linear[] _ofTokens;
    private readonly Linear[] _ofText;
    private readonly Linear _output;
    private readonly RootMeanSquareNorm? _queryNorm;
    private readonly RootMeanSquareNorm? _keyNorm;
    private readonly int _heads;
    private readonly int _headWidth;

    /// <param name="ofTokens">
    /// Names of the layers that compute queries, or queries, keys and values, from tokens: one layer for all of them, or one for each.
    /// </param>
    /// <param name="ofText">Names of the layers that compute keys and values from text; empty if tokens attend to each other.</param>
    /// <param name="output">Name of the output layer.</param>
    public MultiHeadAttention(TransformerConfig model, string[] ofTokens, string[] ofText, string output, int textWidth = 0)
        : base(nameof(MultiHeadAttention))
    {
        (_heads, _headWidth) = (model.Size.NumHeads, model.HeadWidth);
        var (width, inner) = (model.Size.HiddenSize, _heads * _headWidth);
        Linear[] Projections(string[] names, int inputs, int results) => [.. names.Select(_ => new Linear(inputs, results / names.Length * inner).Xavier())];
        _ofTokens = Projections(ofTokens, width, ofText.Length == 0 ? 3 : 1);
        _ofText = Projections(ofText, textWidth, 2);
        _output = new Linear(inner, width).Xavier();
        // This normalization limits the growth of logits (Dehghani et al. 2023).
        RootMeanSquareNorm NewNorm() => new(_headWidth, Modulation.Epsilon);
        (_queryNorm, _keyNorm) = model.QkNorm ? (NewNorm(), NewNorm()) : (null, null);
        var parts = ofTokens.Zip<string, nn.Module>(_ofTokens).Concat(ofText.Zip<string, nn.Module>(_ofText)).Append((output, _output));
        Register(_queryNorm is null || _keyNorm is null ? parts : parts.Append(("q_norm", _queryNorm)).Append(("k_norm", _keyNorm)));
    }

    /// <summary>Initializes the output projection to zero.</summary>
    public MultiHeadAttention ZeroInitialized()
    {
        _output.Zeroed();
        return this;
    }

    /// <param name="x">(B, F, S, C), in the type of matrix products.</param>
    /// <param name="text">Text embeddings to attend to (B, L, D); <c>null</c> if tokens attend to each other.</param>
    /// <param name="absent">Mask (B, S), (B, F) or (B, L) of keys to ignore.</param>
    /// <param name="inTime">Whether tokens attend along frames instead of within a frame.</param>
    /// <returns>(B, F, S, C).</returns>
    public AnyTensor forward(AnyTensor x, AnyTensor? text = null, AnyTensor? absent = null, RotaryTable? rotation = null, bool inTime = false)
    {
        if (text is null && rotation is null && _queryNorm is null && _ofTokens.Length == 1)
        {
            var packed = Heads(_ofTokens[0], x);                                                               // (B, F, S, 3, h, d)
            return _output.forward((inTime
                ? TokenAttention.AttendPacked(packed.transpose(1, 2), absent: absent).transpose(1, 2)
                : TokenAttention.AttendPacked(packed, absent: absent)).flatten(3));
        }

        AnyTensor[] parts = [.. Parts(_ofTokens, x), .. text is null ? [] : Parts(_ofText, text)];                // (B, F, S, h, d), for text (B, L, h, d)
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        (q, k) = (_queryNorm?.forward(q) ?? q, _keyNorm?.forward(k) ?? k);
        (q, k) = rotation is null ? (q, k) : (rotation.Apply(q), rotation.Apply(k));
        var mixed = text is not null
            ? TokenAttention.Attend(q.flatten(1, 2).unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1), absent: absent).reshape(q.shape)
            : inTime ? TokenAttention.Attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), absent: absent).transpose(1, 2)
            : TokenAttention.Attend(q, k, v, absent: absent);
        return _output.forward(mixed.flatten(3));
    }

    private IEnumerable<AnyTensor> Parts(Linear[] projections, AnyTensor input) => projections.SelectMany(projection => Heads(projection, input).unbind(-3));

    /// <returns>(..., parts, h, d).</returns>
    private AnyTensor Heads(Linear projection, AnyTensor input)
    {
        var result = projection.forward(input);
        return result.unflatten(-1, result.shape[^1] / (_heads * _headWidth), _heads, _headWidth);
    }
}
