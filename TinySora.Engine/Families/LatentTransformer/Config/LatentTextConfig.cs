using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>Where the states of texts come from, with model.conditioning text.</summary>
public sealed record LatentTextConfig
{
    [Description("learned: built in and trained with the model; clip or bert: frozen, from local files; none: states come with the data (Arrow).")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.Learned;

    [Description("Folder of clip or bert in the Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of the learned states; of none, that of the data's.")]
    public int Width { get; init; } = 128;

    [Description("The most tokens of a text that count, for st-dit and latte, which have weights for each.")]
    public int MaxTokens { get; init; } = 77;

    internal TextEncoderChoice Choice => new(Encoder) { Path = Path, LearnedWidth = Width };
}
