using System.Text.Json;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>
/// The frozen text encoder of a CLIP (Radford et al. 2021) from a local folder in the Hugging Face layout. The transformer is pre-norm and causal. A text's
/// vector is the final hidden state of its end token.
/// </summary>
public sealed class ClipTextEncoder : FrozenTransformer
{
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";

    private readonly BytePairTokenizer tokenizer;
    private readonly ClipTextShape shape;

    private ClipTextEncoder(BytePairTokenizer tokenizer, ClipTextShape shape, IReadOnlyDictionary<string, Tensor> weights, Device device)
        : base(
            "clip", shape, weights, FormattableString.Invariant($"{shape.Heads} {shape.Epsilon} {shape.QuickGelu} {shape.End}"), tokenizer.Lines, device) =>
        (this.tokenizer, this.shape) = (tokenizer, shape);

    /// <param name="path">A folder with vocab.json, merges.txt, config.json and either model.safetensors or pytorch_model.bin.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static ClipTextEncoder Open(string path, Device device)
    {
        var folder = Folder(path);
        return folder.Read(() =>
        {
            var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(folder.PathOf(VocabularyFile)))
                ?? throw new InvalidDataException($"{VocabularyFile} is null");
            var shape = ClipTextShape.Read(folder.PathOf(EncoderFolder.ConfigFile));
            var tokenizer = new BytePairTokenizer(vocabulary, File.ReadAllLines(folder.PathOf(MergesFile)), shape.MaxLength);
            if ((shape.End ?? tokenizer.End) != tokenizer.End)
            {
                throw new InvalidDataException($"config.json has the end token {shape.End}, but {VocabularyFile} has {tokenizer.End}");
            }

            // If no ID exceeds that of the end token, as in all published files, both rules are equivalent and must give the same fingerprint.
            var greatest = vocabulary.Values.Max();
            shape = greatest == tokenizer.End ? shape with { End = greatest } : shape;
            return new ClipTextEncoder(tokenizer, shape, folder.ReadWeights(shape, greatest + 1L, BareName, device), device);
        });
    }

    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean.</exception>
    public override Tensor Encode(IReadOnlyList<WeightedText> texts)
    {
        using var scope = NewDisposeScope();
        var (ids, states) = AllStates(texts);
        var length = states.shape[1];
        var ends = ids.Select((text, i) => i * length + Array.IndexOf(text, shape.End ?? text.Max())).ToArray();
        return states.flatten(0, 1).index_select(0, tensor(ends).to(Device)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the final hidden states of each text's tokens, from the start token to the end token, as text embeddings without padding.</summary>
    public override TextStates States(IReadOnlyList<WeightedText> texts)
    {
        using var scope = NewDisposeScope();
        var (ids, states) = AllStates(texts);
        var all = TextStates.Pad([.. ids.Select((text, i) => states[i].narrow(0, 0, text.Length))]);
        return new(all.Values.MoveToOuterDisposeScope(), all.Present.MoveToOuterDisposeScope());
    }

    public override int CountTokens(string text) => tokenizer.Encode(text).Length;

    internal static EncoderFolder Folder(string path) => new("clip", path, VocabularyFile, MergesFile);

    /// <summary>Returns a tensor name without the text encoder's prefix.</summary>
    private static string BareName(string name) => name.StartsWith("text_model.", StringComparison.Ordinal) ? name[11..] : name;

    /// <returns>The token IDs of each text, and the embeddings (B, L, Width). Attention is causal, so tokens do not attend to the padding after them.</returns>
    private (int[][] Ids, Tensor States) AllStates(IReadOnlyList<WeightedText> texts)
    {
        WeightedText.ThrowIfWeighted(texts, "CLIP's embedding of the end token");
        using var grad = no_grad();
        int[][] ids = [.. texts.Select(text => tokenizer.Encode(text.Text))];
        var batch = PaddedTokens.Pad([.. ids.Select(text => text.Select(id => new Token(id, 1)).ToArray())], Device);
        var length = batch.Ids.shape[1];
        var places = arange(length, device: Device);
        var ahead = places.unsqueeze(0).gt(places.unsqueeze(1));                                // (L, L)
        var x = Embed("embeddings.token_embedding.weight", batch.Ids) + Weights["embeddings.position_embedding.weight"].narrow(0, 0, length);
        for (var i = 0; i < shape.Layers; i++)
        {
            x = Layer($"encoder.layers.{i}.", x, ahead);
        }

        return (ids, Norm("final_layer_norm", x));
    }

    private Tensor Layer(string name, Tensor x, Tensor mask)
    {
        var attention = name + "self_attn.";
        x = x + Attention(
            Norm(name + "layer_norm1", x), mask, attention + "q_proj", attention + "k_proj", attention + "v_proj", attention + "out_proj");
        var hidden = Linear(name + "mlp.fc1", Norm(name + "layer_norm2", x));
        return x + Linear(name + "mlp.fc2", shape.QuickGelu ? hidden * (hidden * 1.702).sigmoid() : nn.functional.gelu(hidden));
    }
}
