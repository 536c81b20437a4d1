using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// Training of only the decoder of an autoencoder. Latents and tokens stay as they are, so models that were trained on them also work with the new decoder.
/// </summary>
internal static class FixedEncoder
{
    /// <summary>Key in a model's metadata for the hash of the autoencoder that training started from, which produces the same latents.</summary>
    public const string HashKey = "latents_of";

    public static void Freeze(IEnumerable<nn.Module> layers)
    {
        foreach (var parameter in layers.SelectMany(layer => layer.parameters()))
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Encodes without gradients, and without updating the statistics of batch norms or codebooks.</summary>
    public static T Encode<T>(nn.Module model, Func<T> encode)
    {
        using var nothing = no_grad();
        model.eval();
        try
        {
            return FlopCounter.WithoutBackward(encode);
        }
        finally
        {
            model.train();
        }
    }

    /// <summary>Returns a model's own metadata, given the metadata of the checkpoint that it is restored from.</summary>
    public static IReadOnlyDictionary<string, string> MetadataFrom(IReadOnlyDictionary<string, string> checkpoint) =>
        checkpoint.TryGetValue(HashKey, out var hash) ? new Dictionary<string, string> { [HashKey] = hash } : [];
}
