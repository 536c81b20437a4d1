using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>A BERT as files of the Hugging Face layout hold it.</summary>
/// <param name="Weights">Float32, by their names in a bare encoder; the caller disposes them.</param>
internal sealed record BertFolder(string[] Vocabulary, BertShape Shape, IReadOnlyDictionary<string, Tensor> Weights)
{
    private const string VocabularyFile = "vocab.txt";
    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";

    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing.</exception>
    public static void Check(string folder)
    {
        string[] files = [VocabularyFile, ConfigFile, WeightsFile];
        var missing = files.Where(file => !File.Exists(Path.Combine(folder, file))).ToArray();
        if (missing.Length > 0)
        {
            throw ModelErrors.EncoderFilesMissing("bert", folder, missing);
        }
    }

    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static BertFolder Read(string folder, Device device)
    {
        Check(folder);
        try
        {
            var vocabulary = File.ReadAllLines(Path.Combine(folder, VocabularyFile));
            if (WordPieceTokenizer.SpecialPieces.FirstOrDefault(piece => !vocabulary.Contains(piece)) is string special)
            {
                throw new InvalidDataException($"{VocabularyFile} has no {special}");
            }

            var shape = BertShape.Read(Path.Combine(folder, ConfigFile));
            var weights = ReadWeights(Path.Combine(folder, WeightsFile), shape, device);
            return vocabulary.Length <= weights["embeddings.word_embeddings.weight"].shape[0]
                ? new BertFolder(vocabulary, shape, weights)
                : throw new InvalidDataException($"{VocabularyFile} has more words than {WeightsFile} has vectors");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or ArgumentException)
        {
            throw ModelErrors.EncoderDamaged("bert", folder, e);
        }
    }

    /// <summary>
    /// Tells encoders apart by everything that decides a vector, so that a model is never used with vectors of another one.
    /// </summary>
    /// <param name="pooling">How a text's one vector is made of its tokens'.</param>
    public string Fingerprint(string pooling)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{pooling} {Shape.Heads} {Shape.Epsilon}\n")));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', Vocabulary)));
        foreach (var (_, weight) in Weights.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            using var cpu = weight.cpu();
            hash.AppendData(cpu.bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16)).ToLowerInvariant();
    }

    /// <summary>Float32 weights by their names in a bare encoder; published files differ in a prefix and in the norms' names.</summary>
    private static Dictionary<string, Tensor> ReadWeights(string path, BertShape shape, Device device)
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
}
