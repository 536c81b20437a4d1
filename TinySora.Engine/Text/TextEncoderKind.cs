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
