using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.Films;

/// <summary>The autoencoder that a model's latents or tokens are of, which its checkpoints name by content.</summary>
internal static class CodecCompanion
{
    private const string Key = "codec_fingerprint";

    /// <summary>What checkpoints say of it.</summary>
    public static KeyValuePair<string, string> Entry(CodecModel codec) => new(Key, codec.Hash);

    /// <param name="configKey">Where the path is from.</param>
    /// <exception cref="TinySoraException">CodecMissing.</exception>
    public static void Check(string path, string configKey)
    {
        if (!Path.Exists(path))
        {
            throw ModelErrors.CodecMissing(path, configKey);
        }
    }

    /// <exception cref="TinySoraException">CodecMissing and what opening it may throw.</exception>
    public static CodecModel Open(string path, string configKey, Device device)
    {
        Check(path, configKey);
        return CodecModel.Open(path, device.ToString());
    }

    /// <summary>That of a checkpoint.</summary>
    /// <exception cref="TinySoraException">As <see cref="Open"/>; OtherCodec.</exception>
    public static CodecModel Restore(string path, string configKey, Device device, IReadOnlyDictionary<string, string> metadata)
    {
        var codec = Open(path, configKey, device);
        if (Companion.IsOther(new Dictionary<string, string>([Entry(codec)]), metadata))
        {
            codec.Dispose();
            throw ModelErrors.OtherCodec(path, configKey);
        }

        return codec;
    }
}
