using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// Training of only the decoder of an autoencoder. Latents and tokens stay as they are, so models that were trained on them also work with the new decoder.
/// </summary>
internal static class FixedEncoder
{
    /// <summary>Metadata key for the hash of the autoencoder whose latents a model produces.</summary>
    private const string LatentsOfKey = "latents_of";

    /// <summary>Metadata key for the hash of the encoder alone. If an export rounds the encoder, or it is trained after all, latents have changed.</summary>
    private const string EncoderKey = "encoder_hash";

    public static void Freeze(IEnumerable<nn.Module> layers)
    {
        foreach (var parameter in layers.SelectMany(layer => layer.parameters()))
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Encodes clips in training; if the encoder is fixed, without gradients and without updating the statistics of batch norms.</summary>
    public static T Encode<T>(nn.Module model, bool isFixed, Func<T> encode)
    {
        if (!isFixed)
        {
            return encode();
        }

        using var nothing = no_grad();
        model.eval();
        try
        {
            return encode();
        }
        finally
        {
            model.train();
        }
    }

    /// <summary>Returns the metadata of a model whose decoder will be trained for the latents of another model.</summary>
    /// <param name="hash">Hash of the other model.</param>
    public static IReadOnlyDictionary<string, string> Describe(ITrainingTask from, string hash) =>
        new Dictionary<string, string> { [LatentsOfKey] = FindLatentsOf(from, hash), [EncoderKey] = HashOf(from.Codec!) };

    /// <summary>Returns a model's own metadata, given the metadata of the checkpoint that it is restored from.</summary>
    public static IReadOnlyDictionary<string, string> MetadataIn(IReadOnlyDictionary<string, string> checkpoint) =>
        checkpoint.Where(item => item.Key is LatentsOfKey or EncoderKey).ToDictionary();

    /// <summary>Returns the hash of the autoencoder whose latents a model produces: its own, or that of the one with the same encoder.</summary>
    /// <param name="hash">Hash of the model.</param>
    public static string FindLatentsOf(ITrainingTask model, string hash) =>
        model.Metadata.TryGetValue(LatentsOfKey, out var other) && model.Metadata.GetValueOrDefault(EncoderKey) == HashOf(model.Codec!) ? other : hash;

    /// <summary>Returns a hash of everything that determines the latents of a clip.</summary>
    private static string HashOf(IClipCodec codec)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{codec.Shape.IsAsPublished} {codec.Shape.CropsSquare}"));
        foreach (var (name, weight) in codec.EncodingLayers.SelectMany(layer => layer.state_dict().OrderBy(item => item.Key, StringComparer.Ordinal)))
        {
            WeightHash.Append(hash, name, weight);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
