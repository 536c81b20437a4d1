using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>A frozen post-norm BERT (Devlin et al. 2019) from a local folder in the Hugging Face layout.</summary>
public sealed class BertEncoder : FrozenTransformer
{
    private const string VocabularyFile = "vocab.txt";

    private readonly WordPieceTokenizer tokenizer;
    private readonly BertShape shape;
    private readonly bool useCls;

    private BertEncoder(string[] vocabulary, BertShape shape, IReadOnlyDictionary<string, Tensor> weights, bool useCls, Device device)
        : base("bert", shape, weights, FormattableString.Invariant($"{(useCls ? "cls" : "mean")} {shape.Heads} {shape.Epsilon}"), vocabulary, device)
    {
        (this.shape, this.useCls) = (shape, useCls);
        tokenizer = new WordPieceTokenizer(vocabulary, shape.MaxLength);
    }

    /// <param name="path">A folder with vocab.txt, config.json and either model.safetensors or pytorch_model.bin.</param>
    /// <param name="useCls">Whether to use the vector of the [CLS] token instead of the mean over the other tokens.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static BertEncoder Open(string path, bool useCls, Device device)
    {
        var folder = Folder(path);
        return folder.Read(() =>
        {
            var vocabulary = File.ReadAllLines(folder.PathOf(VocabularyFile));
            if (WordPieceTokenizer.SpecialPieces.FirstOrDefault(piece => !vocabulary.Contains(piece)) is string special)
            {
                throw new InvalidDataException($"{VocabularyFile} lacks {special}");
            }

            var shape = BertShape.Read(folder.PathOf(EncoderFolder.ConfigFile));
            return new BertEncoder(vocabulary, shape, folder.ReadWeights(shape, vocabulary.Length, BareName, device), useCls, device);
        });
    }

    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean.</exception>
    public override Tensor Encode(IReadOnlyList<WeightedText> texts)
    {
        if (useCls)
        {
            WeightedText.ThrowIfWeighted(texts, "BERT's [CLS] vector (diffusion.text_use_bert_cls)");
        }

        using var scope = NewDisposeScope();
        var (batch, x) = LastStates(texts);

        // The mean excludes [CLS] and includes [SEP].
        return (useCls ? x.select(1, 0).clone() : batch.Mean(x, skip: 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the final hidden states of each text's tokens, from [CLS] to [SEP], as text embeddings.</summary>
    public override TextStates States(IReadOnlyList<WeightedText> texts)
    {
        using var scope = NewDisposeScope();
        var (batch, x) = LastStates(texts);
        return new(x.MoveToOuterDisposeScope(), batch.Present.MoveToOuterDisposeScope()) { Weights = batch.WeightsOf(texts)?.MoveToOuterDisposeScope() };
    }

    public override int CountTokens(string text) => tokenizer.Encode(WeightedText.Literal(text)).Length;

    internal static EncoderFolder Folder(string path) => new("bert", path, VocabularyFile);

    /// <returns>The tokens, and their embeddings (B, L, Width).</returns>
    private (PaddedTokens Batch, Tensor States) LastStates(IReadOnlyList<WeightedText> texts)
    {
        using var grad = no_grad();
        var batch = PaddedTokens.Pad([.. texts.Select(tokenizer.Encode)], Device);
        var mask = batch.AttentionMask();
        var x = Norm("embeddings.LayerNorm", Embed("embeddings.word_embeddings.weight", batch.Ids)
            + Weights["embeddings.position_embeddings.weight"].narrow(0, 0, batch.Ids.shape[1])
            + Weights["embeddings.token_type_embeddings.weight"][0]);                          // (B, L, width)
        for (var i = 0; i < shape.Layers; i++)
        {
            x = Layer($"encoder.layer.{i}.", x, mask);
        }

        return (batch, x);
    }

    /// <summary>Returns a tensor name without the prefix of an enclosing model, and with the current parameter names of normalization layers.</summary>
    private static string BareName(string name) => (name.StartsWith("bert.", StringComparison.Ordinal) ? name[5..] : name)
        .Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal)
        .Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);

    private Tensor Layer(string name, Tensor x, Tensor mask)
    {
        var (attention, output) = (name + "attention.", name + "output.");
        x = Norm(attention + "output.LayerNorm", x + Attention(
            x, mask, attention + "self.query", attention + "self.key", attention + "self.value", attention + "output.dense"));
        var hidden = nn.functional.gelu(Linear(name + "intermediate.dense", x));
        return Norm(output + "LayerNorm", x + Linear(output + "dense", hidden));
    }
}
