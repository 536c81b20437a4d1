using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The section <c>tokens</c>: where the tokens come from.</summary>
public sealed record CodecConfig
{
    [Description("Checkpoint of the autoencoder whose tokens are predicted, or the folder of its run.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "./saved_vae";
}

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

/// <summary>The shape of a clip in tokens, which are in the order of frames, rows and columns.</summary>
internal readonly record struct TokenShape(int Frames, int Height, int Width)
{
    /// <summary>The number of tokens of a frame.</summary>
    public int OfFrame => Height * Width;

    public int Count => Frames * OfFrame;

    /// <summary>Frame, row and column of tokens.</summary>
    /// <param name="places">(...) int64: their numbers in a clip.</param>
    /// <returns>(..., 3) int64.</returns>
    public Tensor Positions(Tensor places)
    {
        var frame = places.div(OfFrame, RoundingMode.floor);
        var rest = places - (frame * OfFrame);
        var row = rest.div(Width, RoundingMode.floor);
        return stack([frame, row, rest - (row * Width)], -1);
    }
}
