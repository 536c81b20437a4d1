namespace TinySora.Engine.Text;

/// <summary>The text encoders that a configuration can name.</summary>
public enum TextEncoderKind
{
    /// <summary>A frozen BERT, from files.</summary>
    Bert,

    /// <summary>A frozen CLIP text model, from files.</summary>
    Clip,

    /// <summary>A small encoder that is trained with the model.</summary>
    Learned,

    /// <summary>The model takes no text.</summary>
    None,
}

/// <summary>A text encoder as a configuration describes it.</summary>
public sealed record TextEncoderChoice(TextEncoderKind Kind)
{
    /// <summary>Folder of a frozen one, in the Hugging Face layout.</summary>
    public string Path { get; init; } = "";

    /// <summary>The keys that name the folder and the encoder, for messages.</summary>
    public (string Path, string Encoder) Keys { get; init; } = ("text.path", "text.encoder");

    /// <summary>Whether BERT's [CLS] vector is taken instead of the masked mean.</summary>
    public bool UseCls { get; init; }

    /// <summary>Width of the learned one's vectors; null: its own default.</summary>
    public int? LearnedWidth { get; init; }

    /// <summary>Whether the encoder is read from files and not trained.</summary>
    public bool IsFrozen => Kind is TextEncoderKind.Bert or TextEncoderKind.Clip;
}
