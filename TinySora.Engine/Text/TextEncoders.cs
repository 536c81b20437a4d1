using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>Creates the text encoder that a configuration specifies.</summary>
public static class TextEncoders
{
    private const int DefaultLearnedWidth = 256;

    /// <summary>Creates the encoder for a new model; returns <c>null</c> if the model is not conditioned on text.</summary>
    /// <param name="captions">All captions of the data, for the vocabulary of a learned encoder.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing, EncoderDamaged.</exception>
    public static ITextEncoder? Create(TextEncoderChoice choice, IEnumerable<string?> captions, Device device) => choice.Kind switch
    {
        TextEncoderKind.Learned => Learned(choice, WordTokenizer.FromCaptions(captions)),
        TextEncoderKind.Bert => new EmbeddingCache(() => BertEncoder.Open(choice.Path, choice.UseCls, device), device),
        TextEncoderKind.Clip => new EmbeddingCache(() => ClipTextEncoder.Open(choice.Path, device), device),
        _ => null,
    };

    /// <summary>Checks that the files of the encoder exist. Call this method before time-consuming work begins.</summary>
    /// <exception cref="TinySoraException">TinySora.Model.EncoderFilesMissing.</exception>
    public static void Check(TextEncoderChoice choice) => Folder(choice)?.Check(choice.Keys);

    /// <summary>
    /// Returns the width of a frozen encoder's vectors. If the encoder's files do not exist yet, returns the width of BERT base or CLIP large; <c>null</c>
    /// for other encoders.
    /// </summary>
    public static int? FrozenWidth(TextEncoderChoice choice)
    {
        const int usual = 768;
        var config = Path.Combine(choice.Path, EncoderFolder.ConfigFile);
        return Folder(choice) is not EncoderFolder folder ? null
            : !File.Exists(config) ? usual
            : folder.Read(() => choice.Kind == TextEncoderKind.Bert ? BertShape.Read(config).Width : ClipTextShape.Read(config).Width);
    }

    /// <summary>Restores the encoder that a checkpoint was trained with.</summary>
    /// <param name="metadata">The <see cref="ITextEncoder.Metadata"/> stored in the checkpoint; an imported model may not record its encoder.</param>
    /// <param name="moreCaptions">Captions whose new words are appended to a learned encoder's vocabulary.</param>
    /// <exception cref="TinySoraException">The errors of <see cref="Create"/>; TinySora.Model.VocabularyMissing, OtherEncoder.</exception>
    public static ITextEncoder? Restore(
        TextEncoderChoice choice, IReadOnlyDictionary<string, string> metadata, Device device, IEnumerable<string?>? moreCaptions = null)
    {
        if (choice.Kind == TextEncoderKind.Learned)
        {
            var vocabulary = metadata.GetValueOrDefault(LearnedTextEncoder.VocabularyKey);
            var tokenizer = vocabulary is null ? null : WordTokenizer.FromJson(vocabulary);
            return tokenizer is null
                ? throw ModelErrors.VocabularyMissing(LearnedTextEncoder.VocabularyKey)
                : Learned(choice, tokenizer.With(moreCaptions ?? []));
        }

        var encoder = Create(choice, [], device);
        if (encoder is not null && ModelDependency.HasChanged(encoder.Metadata, metadata))
        {
            (encoder as IDisposable)?.Dispose();
            throw ModelErrors.OtherEncoder(choice.Path);
        }

        return encoder;
    }

    private static EncoderFolder? Folder(TextEncoderChoice choice) => choice.Kind switch
    {
        TextEncoderKind.Bert => BertEncoder.Folder(choice.Path),
        TextEncoderKind.Clip => ClipTextEncoder.Folder(choice.Path),
        _ => null,
    };

    private static LearnedTextEncoder Learned(TextEncoderChoice choice, WordTokenizer tokenizer) =>
        new(tokenizer, choice.LearnedWidth ?? DefaultLearnedWidth);
}
