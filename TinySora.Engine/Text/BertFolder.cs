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

    /// <summary>The first that is there.</summary>
    private static readonly string[] WeightsFiles = ["model.safetensors", "pytorch_model.bin"];

    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing.</exception>
    public static void Check(string folder)
    {
        string[][] files = [[VocabularyFile], [ConfigFile], WeightsFiles];
        var missing = files.Where(names => Present(folder, names) is null).Select(names => string.Join(" or ", names)).ToArray();
        if (missing.Length > 0)
        {
            throw ModelErrors.EncoderFilesMissing("bert", folder, missing);
        }
    }

    /// <exception cref="TinySoraException">
    /// TinySora.Model.EncoderFilesMissing, EncoderDamaged; what <see cref="TensorFile.Open"/> may throw.
    /// </exception>
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
            var weightsFile = Present(folder, WeightsFiles)!;
            var weights = ReadWeights(Path.Combine(folder, weightsFile), shape, device);
            return vocabulary.Length <= weights["embeddings.word_embeddings.weight"].shape[0]
                ? new BertFolder(vocabulary, shape, weights)
                : throw new InvalidDataException($"{VocabularyFile} has more words than {weightsFile} has vectors");
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
        using var file = TensorFile.Open(path);
        using var scope = NewDisposeScope();
        var stored = file.Tensors.ToDictionary(item => BareName(item.Key), item => item.Value);
        var weights = new Dictionary<string, Tensor>();
        foreach (var (name, expected) in shape.Weights())
        {
            var weight = stored.GetValueOrDefault(name) ?? throw new InvalidDataException($"{Path.GetFileName(path)} has no tensor '{name}'");
            if (expected.Where((size, i) => weight.Shape.Count != expected.Length || (size >= 0 && weight.Shape[i] != size)).Any())
            {
                throw new InvalidDataException($"'{name}' in {Path.GetFileName(path)} has the shape ({string.Join(", ", weight.Shape)})");
            }

            weights[name] = weight.Read().to(ScalarType.Float32, device).contiguous();
        }

        foreach (var weight in weights.Values)
        {
            weight.DetachFromDisposeScope();
        }

        return weights;
    }

    private static string? Present(string folder, string[] names) => names.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>A name without the prefix of a model around the encoder, and with the norms' names of today.</summary>
    private static string BareName(string name) => (name.StartsWith("bert.", StringComparison.Ordinal) ? name[5..] : name)
        .Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal)
        .Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);
}
