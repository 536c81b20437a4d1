using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>The files of a frozen encoder in the Hugging Face layout.</summary>
/// <param name="encoder">As configurations name it.</param>
/// <param name="vocabularyFiles">What there must be beside config.json and the weights.</param>
internal sealed class EncoderFolder(string encoder, string folder, params string[] vocabularyFiles)
{
    public const string ConfigFile = "config.json";

    /// <summary>Vectors without a word that published models may have, so that their number is a round one.</summary>
    private const int MostPadding = 1024;

    /// <summary>Names of the file with the weights; the first that exists is taken.</summary>
    private static readonly string[] WeightsFiles = ["model.safetensors", "pytorch_model.bin"];

    public string PathOf(string name) => Path.Combine(folder, name);

    /// <param name="keys">See <see cref="TextEncoderChoice.Keys"/>; null: the folder is not from a configuration.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing.</exception>
    public void Check((string Path, string Encoder)? keys = null)
    {
        string[][] files = [.. vocabularyFiles.Append(ConfigFile).Select(name => new[] { name }), WeightsFiles];
        var missing = files.Where(names => Present(names) is null).Select(names => string.Join(" or ", names)).ToArray();
        if (missing.Length > 0)
        {
            throw ModelErrors.EncoderFilesMissing(encoder, folder, missing, keys);
        }
    }

    /// <summary>Makes the encoder that the files describe.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Model.EncoderFilesMissing, EncoderDamaged; RunsCode and what else <see cref="TensorFile.Open"/> may throw of files that are whole.
    /// </exception>
    public T Read<T>(Func<T> make)
    {
        Check();
        try
        {
            return make();
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or ArgumentException
            || (e is TinySoraException known && WeightFileErrors.IsOfContent(known)))
        {
            throw ModelErrors.EncoderDamaged(encoder, folder, vocabularyFiles, e);
        }
    }

    /// <summary>Float32 weights by their names in a bare encoder; the caller disposes them. What is not asked for stays unread.</summary>
    /// <param name="bareName">Of a name in the file: published files differ in prefixes and more.</param>
    /// <param name="words">How many vectors the vocabulary needs at least, in the first of the weights.</param>
    public Dictionary<string, Tensor> ReadWeights(TransformerShape shape, long words, Func<string, string> bareName, Device device)
    {
        var name = Present(WeightsFiles)!;
        using var file = TensorFile.Open(PathOf(name));
        using var scope = NewDisposeScope();
        var stored = file.Tensors.ToDictionary(item => bareName(WrapperNames.Remove(item.Key)), item => item.Value);
        var weights = new Dictionary<string, Tensor>();
        foreach (var (key, expected) in shape.Weights())
        {
            var weight = stored.GetValueOrDefault(key) ?? throw new InvalidDataException($"{name} has no tensor '{key}'");
            if (expected.Where((size, i) => weight.Shape.Count != expected.Length || (size >= 0 && weight.Shape[i] != size)).Any())
            {
                throw new InvalidDataException($"'{key}' in {name} has the shape ({string.Join(", ", weight.Shape)})");
            }

            if (weights.Count == 0 && (weight.Shape[0] < words || weight.Shape[0] > words + MostPadding))
            {
                throw new InvalidDataException($"{vocabularyFiles[0]} has {words} words, and {name} vectors of {weight.Shape[0]}");
            }

            weights[key] = weight.Read().to(ScalarType.Float32, device).contiguous();
            if (!weights[key].isfinite().all().item<bool>())
            {
                throw new InvalidDataException($"'{key}' in {name} holds NaN or infinite values");
            }
        }

        foreach (var weight in weights.Values)
        {
            weight.DetachFromDisposeScope();
        }

        return weights;
    }

    private string? Present(string[] names) => names.FirstOrDefault(name => File.Exists(PathOf(name)));
}
