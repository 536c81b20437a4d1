using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>
/// A frozen BERT (Devlin et al. 2019) from a local folder in the Hugging Face layout. It is no part of the trained model; each
/// distinct text is encoded once.
/// </summary>
public sealed class BertEncoder : ITextEncoder, IDisposable
{
    private const string FingerprintKey = "bert_fingerprint";
    private const string VocabularyFile = "vocab.txt";
    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";

    /// <summary>Vectors kept; 200 MB at 768 numbers each.</summary>
    private const int MaxRemembered = 1 << 16;

    private readonly Dictionary<string, Tensor> _weights;
    private readonly Dictionary<string, Tensor> _remembered = [];
    private readonly WordPieceTokenizer _tokenizer;
    private readonly Shape _shape;
    private readonly bool _useCls;
    private readonly Device _device;

    private BertEncoder(
        Dictionary<string, Tensor> weights, WordPieceTokenizer tokenizer, Shape shape, bool useCls, string fingerprint, Device device)
    {
        (_weights, _tokenizer, _shape, _useCls, _device) = (weights, tokenizer, shape, useCls, device);
        Metadata = new Dictionary<string, string> { [FingerprintKey] = fingerprint };
    }

    public int Width => _shape.Width;

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="folder">With vocab.txt, config.json and model.safetensors.</param>
    /// <param name="useCls">The vector of [CLS] instead of the mean over the others.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static BertEncoder Open(string folder, bool useCls, Device device)
    {
        string[] files = [VocabularyFile, ConfigFile, WeightsFile];
        var missing = files.Where(file => !File.Exists(Path.Combine(folder, file))).ToArray();
        if (missing.Length > 0)
        {
            throw ModelErrors.EncoderFilesMissing("bert", folder, missing);
        }

        try
        {
            var vocabulary = File.ReadAllLines(Path.Combine(folder, VocabularyFile));
            var shape = Shape.Read(Path.Combine(folder, ConfigFile));
            var weights = ReadWeights(Path.Combine(folder, WeightsFile), shape, device);
            if (vocabulary.Length > weights["embeddings.word_embeddings.weight"].shape[0])
            {
                throw new InvalidDataException($"{VocabularyFile} has more words than {WeightsFile} has vectors");
            }

            var tokenizer = new WordPieceTokenizer(vocabulary, shape.MaxLength);
            return new BertEncoder(weights, tokenizer, shape, useCls, Fingerprint(vocabulary, weights), device);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException)
        {
            throw ModelErrors.EncoderDamaged("bert", folder, e);
        }
    }

    public IReadOnlyList<string> UnknownWords(string text) => [];

    public Tensor Encode(IReadOnlyList<string?> texts)
    {
        if (_remembered.Count > MaxRemembered)
        {
            Forget();
        }

        var unknown = texts.Select(text => text ?? "").Distinct().Where(text => !_remembered.ContainsKey(text)).ToArray();
        if (unknown.Length > 0)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var vectors = Run(unknown).unbind(0);
            for (var i = 0; i < unknown.Length; i++)
            {
                _remembered[unknown[i]] = vectors[i].clone().DetachFromDisposeScope();
            }
        }

        return stack([.. texts.Select(text => _remembered[text ?? ""])]);
    }

    public void Dispose()
    {
        Forget();
        foreach (var weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    /// <returns>(B, width).</returns>
    private Tensor Run(IReadOnlyList<string> texts)
    {
        var ids = texts.Select(_tokenizer.Encode).ToArray();
        var length = ids.Max(i => i.Length);
        var tokens = tensor(ids.SelectMany(i => i.Concat(Enumerable.Repeat(0, length - i.Length))).Select(i => (long)i).ToArray(), [ids.Length, length])
            .to(_device);
        var present = tokens.ne(0);
        var bias = zeros([ids.Length, 1, 1, length], ScalarType.Float32, _device)
            .masked_fill(present.logical_not().view(ids.Length, 1, 1, length), float.NegativeInfinity);

        var x = Norm("embeddings", _weights["embeddings.word_embeddings.weight"].index_select(0, tokens.flatten()).view(ids.Length, length, -1)
            + _weights["embeddings.position_embeddings.weight"].narrow(0, 0, length)
            + _weights["embeddings.token_type_embeddings.weight"][0]);                          // (B, L, width)
        for (var i = 0; i < _shape.Layers; i++)
        {
            x = Layer($"encoder.layer.{i}.", x, bias);
        }

        var counted = present.narrow(1, 1, length - 1).to(ScalarType.Float32).unsqueeze(-1);
        return _useCls
            ? x.select(1, 0)
            : (x.narrow(1, 1, length - 1) * counted).sum(1) / (counted.sum(1) + 1e-8);
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

    private void Forget()
    {
        foreach (var vector in _remembered.Values)
        {
            vector.Dispose();
        }

        _remembered.Clear();
    }

    /// <summary>Float32 weights by their names in a bare encoder; published files differ in a prefix and in the norms' names.</summary>
    private static Dictionary<string, Tensor> ReadWeights(string path, Shape shape, Device device)
    {
        using var file = SafetensorsFile.Open(path);
        using var scope = NewDisposeScope();
        var names = file.Entries.Keys.ToDictionary(key => (key.StartsWith("bert.", StringComparison.Ordinal) ? key[5..] : key)
            .Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal)
            .Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal));
        var weights = new Dictionary<string, Tensor>();
        foreach (var (name, expected) in shape.Weights())
        {
            var tensor = file.Read(names.GetValueOrDefault(name) ?? throw new InvalidDataException($"{WeightsFile} has no tensor '{name}'"));
            if (expected.Where((size, i) => tensor.shape.Length != expected.Length || (size >= 0 && tensor.shape[i] != size)).Any())
            {
                throw new InvalidDataException($"'{name}' in {WeightsFile} has the shape ({string.Join(", ", tensor.shape)})");
            }

            weights[name] = tensor.to(ScalarType.Float32, device);
        }

        foreach (var weight in weights.Values)
        {
            weight.DetachFromDisposeScope();
        }

        return weights;
    }

    /// <summary>Tells encoders apart, so that a model is never used with vectors of another one.</summary>
    private static string Fingerprint(string[] vocabulary, Dictionary<string, Tensor> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', vocabulary)));
        foreach (var (_, weight) in weights.Where(p => p.Key.EndsWith("bias", StringComparison.Ordinal)).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            using var cpu = weight.cpu();
            hash.AppendData(cpu.bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>What config.json says about the network.</summary>
    private sealed record Shape(int Width, int Layers, int Heads, int Hidden, int MaxLength, double Epsilon)
    {
        public static Shape Read(string path)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            int Positive(string key) =>
                json.RootElement.TryGetProperty(key, out var value) && value.TryGetInt32(out var number) && number > 0
                    ? number
                    : throw new InvalidDataException($"{ConfigFile} has no positive number '{key}'");
            return new Shape(
                Positive("hidden_size"),
                Positive("num_hidden_layers"),
                Positive("num_attention_heads"),
                Positive("intermediate_size"),
                Positive("max_position_embeddings"),
                json.RootElement.TryGetProperty("layer_norm_eps", out var epsilon) ? epsilon.GetDouble() : 1e-12);
        }

        /// <summary>Names and shapes of all weights; −1 is any size.</summary>
        public IEnumerable<(string Name, long[] Shape)> Weights()
        {
            yield return ("embeddings.word_embeddings.weight", [-1, Width]);
            yield return ("embeddings.position_embeddings.weight", [MaxLength, Width]);
            yield return ("embeddings.token_type_embeddings.weight", [-1, Width]);
            var layers = Enumerable.Range(0, Layers).Select(i => $"encoder.layer.{i}.").ToArray();
            foreach (var norm in layers.SelectMany(l => new[] { l + "attention.output", l + "output" }).Prepend("embeddings"))
            {
                yield return ($"{norm}.LayerNorm.weight", [Width]);
                yield return ($"{norm}.LayerNorm.bias", [Width]);
            }

            foreach (var layer in layers)
            {
                foreach (var (part, outputs, inputs) in new[]
                {
                    ("attention.self.query", Width, Width), ("attention.self.key", Width, Width), ("attention.self.value", Width, Width),
                    ("attention.output.dense", Width, Width), ("intermediate.dense", Hidden, Width), ("output.dense", Width, Hidden),
                })
                {
                    yield return ($"{layer}{part}.weight", [outputs, inputs]);
                    yield return ($"{layer}{part}.bias", [outputs]);
                }
            }
        }
    }
}
