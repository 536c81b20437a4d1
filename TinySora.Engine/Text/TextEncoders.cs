using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>The text encoder that a configuration names.</summary>
public static class TextEncoders
{
    private const int DefaultLearnedWidth = 256;

    /// <summary>An encoder for a new model; null where it takes no text.</summary>
    /// <param name="captions">All captions of the data, for the vocabulary of a learned encoder.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static ITextEncoder? Create(RunConfig config, IEnumerable<string?> captions, Device device) =>
        config.Model.EffectiveTextEncoder switch
        {
            "none" => null,
            "learned" => Learned(config, WordTokenizer.FromCaptions(captions)),
            "bert" => new EmbeddingCache(
                () => BertEncoder.Open(config.Model.TextEncoderPath, config.Diffusion.TextUseBertCls, device), device),
            "clip" => new EmbeddingCache(() => ClipTextEncoder.Open(config.Model.TextEncoderPath, device), device),
            var other => throw new ArgumentException($"There is no text encoder '{other}'.", nameof(config)),
        };

    /// <summary>Looks whether the files are there that the encoder is made of, before longer work begins.</summary>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing.</exception>
    public static void Check(RunConfig config)
    {
        switch (config.Model.EffectiveTextEncoder)
        {
            case "bert":
                BertEncoder.Folder(config.Model.TextEncoderPath).Check();
                break;
            case "clip":
                ClipTextEncoder.Folder(config.Model.TextEncoderPath).Check();
                break;
        }
    }

    /// <summary>
    /// Width of a frozen encoder's vectors: as its files say, or, where there are none yet, as in BERT's base and CLIP's large
    /// model. Null for other encoders.
    /// </summary>
    public static int? FrozenWidth(ModelConfig model)
    {
        const int usual = 768;
        var path = Path.Combine(model.TextEncoderPath, EncoderFolder.ConfigFile);
        return model.EffectiveTextEncoder switch
        {
            "bert" or "clip" when !File.Exists(path) => usual,
            "bert" => BertEncoder.Folder(model.TextEncoderPath).Read(() => BertShape.Read(path)).Width,
            "clip" => ClipTextEncoder.Folder(model.TextEncoderPath).Read(() => ClipTextShape.Read(path)).Width,
            _ => null,
        };
    }

    /// <summary>
    /// The configuration of a checkpoint with its encoder where it is now: if the folder is gone, as on another computer, one of
    /// the same name beside the checkpoint.
    /// </summary>
    public static RunConfig Near(string checkpoint, RunConfig config)
    {
        var name = config.Model.TextEncoderPath.TrimEnd('/', '\\').Split('/', '\\')[^1];
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, name);
        return Directory.Exists(config.Model.TextEncoderPath) || !Directory.Exists(beside)
            ? config
            : config with { Model = config.Model with { TextEncoderPath = beside } };
    }

    /// <summary>The encoder that a checkpoint was trained with.</summary>
    /// <param name="metadata">What <see cref="ITextEncoder.Metadata"/> gave then; an imported model may not know its encoder.</param>
    /// <param name="moreCaptions">Captions whose new words a learned encoder takes in after those that it knows.</param>
    /// <exception cref="TinySoraException">As <see cref="Create"/>; TinySora.Model.VocabularyMissing, OtherEncoder.</exception>
    public static ITextEncoder? Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IEnumerable<string?>? moreCaptions = null)
    {
        if (config.Model.EffectiveTextEncoder == "learned")
        {
            var vocabulary = metadata.GetValueOrDefault(LearnedTextEncoder.VocabularyKey);
            var tokenizer = vocabulary is null ? null : WordTokenizer.FromJson(vocabulary);
            return tokenizer is null
                ? throw ModelErrors.VocabularyMissing(LearnedTextEncoder.VocabularyKey)
                : Learned(config, tokenizer.With(moreCaptions ?? []));
        }

        var encoder = Create(config, [], device);
        foreach (var (key, value) in encoder?.Metadata ?? new Dictionary<string, string>())
        {
            if (metadata.TryGetValue(key, out var trained) && trained != value)
            {
                (encoder as IDisposable)?.Dispose();
                throw ModelErrors.OtherEncoder(config.Model.TextEncoderPath);
            }
        }

        return encoder;
    }

    private static LearnedTextEncoder Learned(RunConfig config, WordTokenizer tokenizer) =>
        new(tokenizer, config.Model.CondDim ?? DefaultLearnedWidth);
}
