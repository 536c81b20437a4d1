using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>The files of a frozen encoder in the Hugging Face layout.</summary>
/// <param name="encoder">Name of the encoder in configurations.</param>
/// <param name="vocabularyFiles">Files required in addition to config.json and the weights.</param>
internal sealed class EncoderFolder(string encoder, string folder, params string[] vocabularyFiles)
{
    public const string ConfigFile = "config.json";

    /// <summary>Maximum number of padding rows in the embedding of a published model, which round up the embedding's size.</summary>
    private const int MaxPadding = 1024;

    /// <summary>Possible names of the weights file; the first one that exists is used.</summary>
    private static readonly string[] WeightsFiles = ["model.safetensors", "pytorch_model.bin"];

    public string PathOf(string name) => Path.Combine(folder, name);

    /// <param name="keys">See <see cref="TextEncoderChoice.Keys"/>; <c>null</c> if the folder is not from a configuration.</param>
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

    /// <summary>Creates the encoder from its files.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Model.EncoderFilesMissing, EncoderDamaged; RunsCode and the other errors of <see cref="TensorFile.Open"/> for intact files.
    /// </exception>
    public T Read<T>(Func<T> make)
    {
        Check();
        try
        {
            return make();
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or ArgumentException
            || (e is TinySoraException known && WeightFileErrors.IsContentError(known)))
        {
            throw ModelErrors.EncoderDamaged(encoder, folder, vocabularyFiles, e);
        }
    }

    /// <summary>Reads float32 weights by their names in a bare encoder, without reading other tensors. The caller must dispose the weights.</summary>
    /// <param name="bareName">Maps a name in the file to the name in a bare encoder, because names differ between published files.</param>
    /// <param name="words">Minimum number of vectors in the first weight, which the vocabulary requires.</param>
    public Dictionary<string, Tensor> ReadWeights(TransformerShape shape, long words, Func<string, string> bareName, Device device)
    {
        var name = Present(WeightsFiles)!;
        using var file = TensorFile.Open(PathOf(name));
        using var scope = NewDisposeScope();
        var stored = file.Tensors.ToDictionary(item => bareName(WrapperNames.Remove(item.Key)), item => item.Value);
        var weights = new Dictionary<string, Tensor>();
        foreach (var (key, expected) in shape.Weights())
        {
            var weight = stored.GetValueOrDefault(key) ?? throw new InvalidDataException($"{name} lacks the tensor '{key}'");
            if (expected.Where((size, i) => weight.Shape.Count != expected.Length || (size >= 0 && weight.Shape[i] != size)).Any())
            {
                throw new InvalidDataException($"'{key}' in {name} has the unexpected shape ({string.Join(", ", weight.Shape)})");
            }

            if (weights.Count == 0 && (weight.Shape[0] < words || weight.Shape[0] > words + MaxPadding))
            {
                throw new InvalidDataException($"{vocabularyFiles[0]} has {words} words, but {name} has {weight.Shape[0]} vectors");
            }

            weights[key] = weight.Read().to(ScalarType.Float32, device).contiguous();
            if (!weights[key].isfinite().all().item<bool>())
            {
                throw new InvalidDataException($"'{key}' in {name} contains NaN or infinite values");
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
