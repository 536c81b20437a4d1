using TinySora.Engine.Formats.Arrow;

namespace TinySora.Engine.Data.Corpora;

/// <summary>The columns of the early Open-Sora's dataset.</summary>
internal static class ArrowColumns
{
    public static readonly ArrowColumn VideoFile = new("video_file", ArrowElement.Text);

    /// <summary>(T, H, W): codebook indices.</summary>
    public static readonly ArrowColumn VideoStates = new("video_latent_states", ArrowElement.Int64, 3);

    /// <summary>(S, D): the caption's own tokens, the width of the encoder.</summary>
    public static readonly ArrowColumn TextStates = new("text_latent_states", ArrowElement.Float32, 2);
}
