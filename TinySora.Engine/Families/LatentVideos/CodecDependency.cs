using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>
/// The autoencoder that produced a model's latents or tokens. Checkpoints identify the autoencoder by a hash of its content. Training on latents or tokens from
/// files needs only the autoencoder's traits, which are recorded in files and checkpoints.
/// </summary>
/// <param name="Path">Path of a checkpoint, or the folder of a run.</param>
/// <param name="Key">Configuration key that contains the path, for messages.</param>
internal sealed record CodecDependency(string Path, string Key)
{
    private const string HashKey = "codec_fingerprint";

    /// <summary>Key of the hash of the whole autoencoder, if that differs from the hash that identifies its latents.</summary>
    private const string ModelKey = "codec_model_fingerprint";


    public bool Exists => File.Exists(Path) || CheckpointStore.IsIn(Path);

    /// <summary>Returns metadata without what depends on the autoencoder's decoder.</summary>
    public static IReadOnlyDictionary<string, string> WithoutDecoder(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Where(item => item.Key != ModelKey).ToDictionary();

    /// <summary>Returns the metadata entries that describe the autoencoder in a checkpoint.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Entries(CodecTraits traits)
    {
        yield return new(ModelDependency.TraitsKey, $"{traits}");
        if (traits.Hash is string hash)
        {
            yield return new(HashKey, hash);
        }

        if (traits.ModelHash is string whole)
        {
            yield return new(ModelKey, whole);
        }
    }

    /// <param name="data">Data that consists of latents or tokens.</param>
    public static CodecTraits GetTraits(IExamples<LatentBatch> data)
    {
        using var batch = data.Get([new(0, 0)], CPU);
        return batch.Codec!;
    }

    /// <summary>Returns the note that informs the user about training without the autoencoder.</summary>
    /// <param name="traits">Traits that are stored in the data.</param>
    public DataNote CreateMissingNote(CodecTraits traits) => new(
        $"The autoencoder '{Path}' ({Key}) does not exist. Training uses the autoencoder's properties that are recorded in the data ({traits}), and generates "
        + "no samples.", IsWarning: true);

    public TinySoraException CreateMissingError()
    {
        var weights = ImportableWeights.At(Path, autoencoder: true);
        return Directory.Exists(Path) ? CheckpointErrors.NoneInFolder(Path, weights)
            : weights.Count > 0 ? CheckpointErrors.NotFound(Path, weights)
            : ModelErrors.CodecMissing(Path, Key);
    }

    /// <param name="device">Name of the device, see <see cref="CodecModel.Open"/>.</param>
    /// <exception cref="TinySoraException">CodecMissing; errors in opening the autoencoder.</exception>
    public CodecModel Open(string device = "auto")
    {
        return Exists ? CodecModel.Open(Path, device) : throw CreateMissingError();
    }

    public (CodecModel? Codec, CodecTraits Traits) Open(Device device, IExamples<LatentBatch> data)
    {
        var codec = Exists ? Open($"{device}") : null;
        return (codec, codec is null ? GetTraits(data) : CodecTraits.Of(codec));
    }

    /// <summary>Opens the autoencoder for a checkpoint's model. If the autoencoder is missing, returns only the recorded traits.</summary>
    /// <exception cref="TinySoraException">
    /// OtherCodec; errors from <see cref="Open(string)"/> if the autoencoder is missing and its traits are unknown.
    /// </exception>
    public (CodecModel? Codec, CodecTraits Traits) Restore(Device device, IReadOnlyDictionary<string, string> metadata, IExamples<LatentBatch>? more)
    {
        var hash = metadata.GetValueOrDefault(HashKey);
        var known = CodecTraits.Parse(metadata.GetValueOrDefault(ModelDependency.TraitsKey), hash);
        if (!Exists && (known ?? (more is null ? null : GetTraits(more))) is CodecTraits traits)
        {
            return (null, traits);
        }

        var codec = Open($"{device}");
        if (!CodecTraits.AreAlike(hash, codec.Hash))
        {
            codec.Dispose();
            throw ModelErrors.OtherCodec(Path, Key);
        }

        // A model that was trained without the autoencoder has as many codes as its training data.
        return (codec, CodecTraits.Of(codec) is var found && known?.Codes is int codes ? found with { Codes = codes } : found);
    }

    /// <summary>Checks that the data was encoded with the model's autoencoder. Used for training without the autoencoder.</summary>
    /// <exception cref="TinySoraException">CodecMissing if the data does not contain traits; OtherLatents.</exception>
    public void CheckData(CodecTraits model, IExamples<LatentBatch> data)
    {
        var found = GetTraits(data);
        if (!CodecTraits.AreAlike(model.Hash, found.Hash))
        {
            throw ModelErrors.OtherLatents(CodecModel.IdOf(found.Hash!), CodecModel.IdOf(model.Hash!));
        }

        if (found.Stride != model.Stride || (found.Codes is null && found.Channels != model.Channels))
        {
            throw CreateMissingError();
        }
    }
}
