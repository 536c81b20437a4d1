using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Text;

/// <summary>
/// A small transformer over words, trained together with the video model. Its layers start as the identity, so that at first it
/// is the mean of the words' vectors, from which colours and shapes are learned at once.
/// </summary>
public sealed class LearnedTextEncoder : nn.Module, ITextEncoder
{
    internal const string VocabularyKey = "vocabulary";

    /// <summary>The other text encoders that a configuration can name, for errors.</summary>
    internal const string Others = "clip or bert, with text.path, or none";

    private const int LayerCount = 2;

    private readonly Embedding words;
    private readonly Parameter positions;
    private readonly ModuleList<Layer> layers = new();
    private readonly LayerNorm norm;

    private readonly WordTokenizer _tokenizer;

    /// <param name="width">Of the word vectors and of the result.</param>
    public LearnedTextEncoder(WordTokenizer tokenizer, int width)
        : base(nameof(LearnedTextEncoder))
    {
        _tokenizer = tokenizer;
        Width = width;
        words = nn.Embedding(tokenizer.Count, width);
        positions = Initial.Normal(0.02, WordTokenizer.MaxLength, width);
        for (var i = 0; i < LayerCount; i++)
        {
            layers.Add(new Layer(width));
        }

        norm = nn.LayerNorm(width);
        RegisterComponents();
    }

    public int Width { get; }

    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string> { [VocabularyKey] = _tokenizer.ToJson() };

    public IReadOnlyList<string> UnknownWords(string text) => _tokenizer.UnknownWords(text);

    public int Tokens(string text) => _tokenizer.Encode(text).Length;

    public Tensor Encode(IReadOnlyList<WeightedText> texts)
    {
        var batch = PaddedTokens.Pad([.. texts.Select(Tokens)], positions.device);
        return norm.forward(batch.Mean(Transformed(batch)));
    }

    public TextStates States(IReadOnlyList<WeightedText> texts)
    {
        WeightedText.RefuseWeights(texts, "the states of single words");
        var batch = PaddedTokens.Pad([.. texts.Select(Tokens)], positions.device);
        return new(norm.forward(Transformed(batch)), batch.Present);
    }

    /// <summary>Writes the encoder into a graph.</summary>
    /// <param name="tokens">(B, L) int64, <see cref="WordTokenizer.Padding"/> behind each text.</param>
    /// <returns>(B, width), all words with the weight 1, and (B) booleans: texts without any word.</returns>
    public (OnnxTensor Vectors, OnnxTensor Absent) Write(OnnxTensor tokens)
    {
        var graph = tokens.Graph;
        var (x, padding) = Transformed(tokens);
        var (mean, count) = WordMean.Of(x, padding.Where(graph.Number(0), graph.Number(1)));
        return (norm.Apply(mean), count.EqualTo(graph.Number(0)));
    }

    /// <summary>Writes the encoder of single words into a graph.</summary>
    /// <param name="tokens">(B, L) int64, <see cref="WordTokenizer.Padding"/> behind each text.</param>
    /// <returns>(B, L, width), and (B, L) booleans: where there is a word.</returns>
    public (OnnxTensor Values, OnnxTensor Present) WriteStates(OnnxTensor tokens)
    {
        var (x, padding) = Transformed(tokens);
        return (norm.Apply(x), padding.Each("Not"));
    }

    /// <returns>(B, L, width), and (B, L) booleans: padding.</returns>
    private (OnnxTensor Values, OnnxTensor Padding) Transformed(OnnxTensor tokens)
    {
        var graph = tokens.Graph;
        var (batch, length) = (tokens.Shape[0], tokens.Shape[1]);
        var padding = tokens.EqualTo(graph.Constant(tensor((long)WordTokenizer.Padding)));
        var x = words.Apply(tokens) + graph.Weight(positions).Narrow(0, 0, length);
        var mask = padding.Reshape(batch, 1, 1, length);
        return (layers.Aggregate(x, (x, layer) => layer.forward(x, mask)), padding);
    }

    /// <returns>(B, L, width).</returns>
    private Tensor Transformed(PaddedTokens batch)
    {
        var mask = batch.AttentionMask();
        var x = words.forward(batch.Ids) + positions.narrow(0, 0, batch.Ids.shape[1]);  // (B, L, width)
        foreach (var layer in layers)
        {
            x = layer.forward(x, mask);
        }

        return x;
    }

    private Token[] Tokens(WeightedText text) =>
        [.. text.Parts.SelectMany(part => _tokenizer.Encode(part.Text).Select(id => new Token(id, part.Weight))).Take(WordTokenizer.MaxLength)];

    /// <summary>A pre-norm transformer layer whose two branches end in zeroed projections.</summary>
    private sealed class Layer : nn.Module
    {
        private readonly LayerNorm norm1;
        private readonly Linear qkv;
        private readonly Linear mix;
        private readonly LayerNorm norm2;
        private readonly Linear expand;
        private readonly Linear contract;
        private readonly int _heads;

        public Layer(int width)
            : base(nameof(Layer))
        {
            _heads = width % 4 == 0 ? 4 : 1;
            norm1 = nn.LayerNorm(width);
            qkv = new Linear(width, 3 * width, hasBias: false);
            mix = new Linear(width, width).Zeroed();
            norm2 = nn.LayerNorm(width);
            expand = new Linear(width, 4 * width);
            contract = new Linear(4 * width, width).Zeroed();
            RegisterComponents();
        }

        /// <param name="x">(B, L, width).</param>
        /// <param name="mask">(B, 1, 1, L), true at padding.</param>
        public Tensor forward(Tensor x, Tensor mask)
        {
            var (b, l, width) = (x.shape[0], x.shape[1], x.shape[2]);
            var parts = qkv.forward(norm1.forward(x)).view(b, l, 3, _heads, -1).permute(2, 0, 3, 1, 4);  // (3, B, h, L, d)
            var mixed = ScaledDotProduct.Attend(
                parts.select(0, 0), parts.select(0, 1), parts.select(0, 2), Math.Pow((double)width / _heads, -0.5), mask: mask);
            x = x + mix.forward(mixed.transpose(1, 2).reshape(b, l, width));
            return x + contract.forward(nn.functional.gelu(expand.forward(norm2.forward(x))));
        }

        /// <inheritdoc cref="forward(Tensor, Tensor)"/>
        public OnnxTensor forward(OnnxTensor x, OnnxTensor mask)
        {
            var (b, l, width) = (x.Shape[0], x.Shape[1], x.Shape[2]);
            var parts = qkv.forward(norm1.Apply(x)).Reshape(b, l, 3, _heads, width / _heads).Permute(2, 0, 3, 1, 4);
            var mixed = ScaledDotProduct.Attend(
                parts.Select(0, 0), parts.Select(0, 1), parts.Select(0, 2), Math.Pow((double)width / _heads, -0.5), mask: mask);
            x = x + mix.forward(mixed.Transpose(1, 2).Reshape(b, l, width));
            return x + contract.forward(expand.forward(norm2.Apply(x)).Gelu());
        }
    }
}
