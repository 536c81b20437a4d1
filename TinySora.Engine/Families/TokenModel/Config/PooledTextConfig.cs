using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>What is told of captions: one vector, added to every token.</summary>
public sealed record PooledTextConfig
{
    [Description("none; learned: built in and trained with the model; clip or bert: frozen, from local files.")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.None;

    [Description("Folder of clip or bert in the Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of the learned vector.")]
    public int Width { get; init; } = 128;

    /// <summary>The text encoder; null: the model takes no text.</summary>
    internal TextEncoderChoice? Choice => Encoder == TextEncoderKind.None ? null : new(Encoder) { Path = Path, LearnedWidth = Width };
}
