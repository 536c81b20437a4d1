namespace TinySora.Engine.Text;

/// <summary>Text encoders that a configuration can specify.</summary>
public enum TextEncoderKind
{
    /// <summary>A frozen BERT, read from files.</summary>
    Bert,

    /// <summary>A frozen CLIP text model, read from files.</summary>
    Clip,

    /// <summary>A small encoder that is trained with the model.</summary>
    Learned,

    /// <summary>No text encoder: the model is not conditioned on text.</summary>
    None,
}

/// <summary>A text encoder as specified in a configuration.</summary>
public sealed record TextEncoderChoice(TextEncoderKind Kind)
{
    /// <summary>Folder of a frozen encoder in the Hugging Face layout.</summary>
    public string Path { get; init; } = "";

    /// <summary>Configuration keys of the folder and the encoder, for messages.</summary>
    public (string Path, string Encoder) Keys { get; init; } = ("text.path", "text.encoder");

    /// <summary>Whether to use BERT's [CLS] vector instead of the masked mean.</summary>
    public bool UseCls { get; init; }

    /// <summary>Width of a learned encoder's vectors; <c>null</c> for the encoder's default.</summary>
    public int? LearnedWidth { get; init; }

    /// <summary>Whether the encoder is read from files and not trained.</summary>
    public bool IsFrozen => Kind is TextEncoderKind.Bert or TextEncoderKind.Clip;

    /// <summary>Returns the keys of the section <c>text</c> that must have the values of another choice for its weights to fit.</summary>
    internal static IEnumerable<string> Conflicts(TextEncoderChoice? choice, TextEncoderChoice? other)
    {
        TextEncoderKind[] kinds = [choice?.Kind ?? TextEncoderKind.None, other?.Kind ?? TextEncoderKind.None];
        if (kinds[0] != kinds[1])
        {
            // Embeddings from the data may have been made by a frozen encoder.
            return kinds.Contains(TextEncoderKind.Learned) || !kinds.Contains(TextEncoderKind.None) ? ["text.encoder"] : [];
        }

        return choice is { IsFrozen: false } && choice.LearnedWidth != other?.LearnedWidth ? ["text.width"] : [];
    }
}
