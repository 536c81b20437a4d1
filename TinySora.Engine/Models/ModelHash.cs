using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TinySora.Engine.Configuration;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Models;

/// <summary>
/// Identifies a model by what determines its samples: weights, text encoder metadata, and the settings that affect sampling. Renaming or copying a
/// checkpoint, or removing its optimizer state, does not change the hash.
/// </summary>
internal static class ModelHash
{
    /// <returns>SHA-256 as 64 hexadecimal digits.</returns>
    public static string Compute(nn.Module model, IReadOnlyDictionary<string, string> metadata, RunConfig config)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in TiedWeights.State(model).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            Append(name, string.Join(',', tensor.shape));
            hash.AppendData(tensor.detach().to(ScalarType.Float32).cpu().contiguous().bytes);
        }

        foreach (var (key, value) in metadata.Where(pair => pair.Key != ModelDependency.TraitsKey).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Append(key, value);
        }

        // Older versions did not store the family, because there was only one.
        if (config.Family.Name != new RunConfig().Family.Name)
        {
            Append(config.Family.Name);
        }

        // Defaults are omitted so that new keys do not change the hash, and renamed keys keep their former names for the same reason.
        var schema = ConfigSchema.For(config);
        foreach (var (key, value) in ConfigFile.CompareWithDefaults(config)
            .Where(setting => !setting.Key.StartsWith("trainer.", StringComparison.Ordinal))
            .Select(setting => (Key: schema.Find(setting.Key)!.FormerFullName ?? setting.Key, setting.Right))
            .OrderBy(setting => setting.Key, StringComparer.Ordinal))
        {
            Append(key, value);
        }

        return Convert.ToHexString(hash.GetHashAndReset());

        // Length prefixes keep different lists of texts from producing the same bytes.
        void Append(params ReadOnlySpan<string> texts)
        {
            foreach (var text in texts)
            {
                var length = text.Length;
                hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
                hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
            }
        }
    }
}
