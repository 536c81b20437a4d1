using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Text;

/// <summary>
/// A small transformer over words, trained with the video model. Its layers are initialized as the identity, so that the encoder starts as the mean of word
/// vectors, from which a model learns colors and shapes quickly.
/// </summary>
public sealed class LearnedTextEncoder : nn.Module, ITextEncoder
{
    internal const string VocabularyKey = "vocabulary";

    /// <summary>Names of the other text encoders that a configuration can specify, for error messages.</summary>
    internal const string Others = "clip or bert (both require text.path), or none";

    private const int LayerCount = 2;

    private readonly Embedding words;
    private readonly Parameter positions;
    private readonly ModuleList<Layer> layers = new();
    private readonly LayerNorm norm;

    private readonly WordTokenizer _tokenizer;
    private readonly TrainedPasses _passes;

    /// <param name="width">Width of the word vectors and of the result.</param>
    public LearnedTextEncoder(WordTokenizer tokenizer, int width)
        : base(nameof(LearnedTextEncoder))
    {
        _tokenizer = tokenizer;
        _passes = new TrainedPasses(this);
        Width = width;
        words = nn.Embedding(tokenizer.Count, width);
        positions = WeightInitialization.Normal(0.02, WordTokenizer.MaxLength, width);
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _passes.Dispose();
        }

        base.Dispose(disposing);
    }

    public int CountTokens(string text) => _tokenizer.Encode(text).Length;

    public Tensor Encode(IReadOnlyList<WeightedText> texts)
    {
        var batch = PaddedTokens.Pad([.. texts.Select(Tokens)], positions.device);
        return norm.forward(batch.Mean((Tensor)Transformed(batch.Ids, batch.Present)));
    }

    public TextStates States(IReadOnlyList<WeightedText> texts)
    {
        var batch = PaddedTokens.Pad([.. texts.Select(Tokens)], positions.device);
        var states = _passes.Apply([batch.Ids, batch.Present], null, (inputs, _) => norm.forward(Transformed(inputs[0], inputs[1])));
        return new(states ?? norm.forward((Tensor)Transformed(batch.Ids, batch.Present)), batch.Present) { Weights = batch.WeightsOf(texts) };
    }

    /// <summary>Adds the encoder to a graph.</summary>
    /// <param name="tokens">(B, L) int64, padded with <see cref="WordTokenizer.Padding"/>.</param>
    /// <returns>(B, width) with all word weights equal to 1, and (B) booleans, true for texts without words.</returns>
    internal (AnyTensor Vectors, AnyTensor Absent) Write(AnyTensor tokens)
    {
        var present = Present(tokens);
        return (norm.forward(MeanPooling.Masked(Transformed(tokens, present), present)), present.to(ScalarType.Int64).sum(1).eq(tensor(0L)));
    }

    /// <summary>Adds the part of the encoder that computes the embeddings of individual words to a graph.</summary>
    /// <param name="tokens">(B, L) int64, padded with <see cref="WordTokenizer.Padding"/>.</param>
    /// <returns>(B, L, width), and (B, L) booleans, true at words.</returns>
    internal (AnyTensor Values, AnyTensor Present) WriteStates(AnyTensor tokens)
    {
        var present = Present(tokens);
        return (norm.forward(Transformed(tokens, present)), present);
    }

    private static AnyTensor Present(AnyTensor tokens) => tokens.eq(tensor((long)WordTokenizer.Padding)).logical_not();

    /// <returns>(B, L, width).</returns>
    private AnyTensor Transformed(AnyTensor tokens, AnyTensor present)
    {
        var mask = present.logical_not().unsqueeze(1).unsqueeze(1);                                  // (B, 1, 1, L)
        var x = words.forward(tokens) + positions.narrow(0, 0, tokens.shape[1]);
        return layers.Aggregate(x, (x, layer) => layer.forward(x, mask));
    }

    private Token[] Tokens(WeightedText text) =>
        [.. text.Parts.SelectMany(part => _tokenizer.Encode(part.Text).Select(id => new Token(id, part.Weight))).Take(WordTokenizer.MaxLength)];

    /// <summary>A pre-norm transformer layer, whose two residual branches end in zero-initialized projections.</summary>
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
        public AnyTensor forward(AnyTensor x, AnyTensor mask)
        {
            var (b, l, width) = (x.shape[0], x.shape[1], x.shape[2]);
            var parts = qkv.forward(norm1.forward(x)).reshape(b, l, 3, _heads, -1).permute(2, 0, 3, 1, 4);  // (3, B, h, L, d)
            var mixed = ScaledDotProduct.Attend(
                parts.select(0, 0), parts.select(0, 1), parts.select(0, 2), Math.Pow((double)width / _heads, -0.5), mask: mask);
            x = x + mix.forward(mixed.transpose(1, 2).reshape(b, l, width));
            return x + contract.forward(expand.forward(norm2.forward(x)).gelu());
        }
    }
}
