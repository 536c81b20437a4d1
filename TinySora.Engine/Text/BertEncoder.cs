using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>
/// A frozen BERT (Devlin et al. 2019) from a local folder in the Hugging Face layout, post-norm and float32. It is no part of
/// the trained model.
/// </summary>
public sealed class BertEncoder : IFrozenTextEncoder
{
    private const string FingerprintKey = "bert_fingerprint";

    private readonly IReadOnlyDictionary<string, Tensor> _weights;
    private readonly WordPieceTokenizer _tokenizer;
    private readonly BertShape _shape;
    private readonly bool _useCls;
    private readonly Device _device;

    private BertEncoder(BertFolder folder, bool useCls, Device device)
    {
        (_weights, _shape, _useCls, _device) = (folder.Weights, folder.Shape, useCls, device);
        _tokenizer = new WordPieceTokenizer(folder.Vocabulary, _shape.MaxLength);
        Fingerprint = folder.Fingerprint(useCls ? "cls" : "mean");
        Metadata = new Dictionary<string, string> { [FingerprintKey] = Fingerprint };
    }

    public int Width => _shape.Width;

    public string Fingerprint { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="folder">With vocab.txt, config.json and model.safetensors or pytorch_model.bin.</param>
    /// <param name="useCls">The vector of [CLS] instead of the mean over the others.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static BertEncoder Open(string folder, bool useCls, Device device) => new(BertFolder.Read(folder, device), useCls, device);

    public IReadOnlyList<string> UnknownWords(string text) => [];

    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean.</exception>
    public Tensor Encode(IReadOnlyList<WeightedText> texts)
    {
        if (_useCls && texts.FirstOrDefault(text => text.HasWeights) is WeightedText weighted)
        {
            throw ModelErrors.WeightsNeedMean(weighted.Text);
        }

        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var batch = TokenBatch.Pad([.. texts.Select(_tokenizer.Encode)], _device);
        var bias = batch.AttentionBias();
        var (b, length) = (batch.Ids.shape[0], batch.Ids.shape[1]);
        var x = Norm("embeddings", _weights["embeddings.word_embeddings.weight"].index_select(0, batch.Ids.flatten()).view(b, length, -1)
            + _weights["embeddings.position_embeddings.weight"].narrow(0, 0, length)
            + _weights["embeddings.token_type_embeddings.weight"][0]);                          // (B, L, width)
        for (var i = 0; i < _shape.Layers; i++)
        {
            x = Layer($"encoder.layer.{i}.", x, bias);
        }

        // [CLS] does not count in the mean, [SEP] does.
        return (_useCls ? x.select(1, 0).clone() : batch.Mean(x, skip: 1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    /// <summary>A post-norm transformer layer.</summary>
    private Tensor Layer(string name, Tensor x, Tensor bias)
    {
        var (b, l, width) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor Heads(string part) =>
            Linear($"{name}attention.self.{part}", x).view(b, l, _shape.Heads, -1).transpose(1, 2);   // (B, heads, L, d)

        var logits = Heads("query").matmul(Heads("key").transpose(-2, -1)) * Math.Pow((double)width / _shape.Heads, -0.5);
        var mixed = (logits + bias).softmax(-1).matmul(Heads("value")).transpose(1, 2).reshape(b, l, width);
        x = Norm($"{name}attention.output", x + Linear($"{name}attention.output.dense", mixed));
        var hidden = nn.functional.gelu(Linear($"{name}intermediate.dense", x));
        return Norm($"{name}output", x + Linear($"{name}output.dense", hidden));
    }

    private Tensor Linear(string name, Tensor x) => nn.functional.linear(x, _weights[$"{name}.weight"], _weights[$"{name}.bias"]);

    private Tensor Norm(string name, Tensor x) => nn.functional.layer_norm(
        x, [Width], _weights[$"{name}.LayerNorm.weight"], _weights[$"{name}.LayerNorm.bias"], _shape.Epsilon);
}
