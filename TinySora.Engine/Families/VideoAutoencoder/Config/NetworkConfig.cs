using System.ComponentModel;

namespace TinySora.Engine.Families.VideoAutoencoder.Config;

/// <summary>The section <c>model</c>: the network and the size of its latents.</summary>
public sealed record NetworkConfig
{
    [Description("Which network: a name of docs/video-autoencoders.md, which says what each makes of a clip.")]
    public string NetworkVariant { get; init; } = "encode111111_decode111111";

    [Description("Channels of the latents, and width of a codebook's vectors. Finite scalar quantization has as many as fsq_levels instead.")]
    public int EmbeddingDim { get; init; } = 256;

    [Description("Vectors of the codebook.")]
    public int NCodes { get; init; } = 2048;

    [Description("Channels inside videogpt, causal_s8t4 and our networks; null: 240, 128 and 64 there. The others have widths of their own.")]
    public int? NHiddens { get; init; }

    [Description("Residual blocks there, at each of their places; null: 4, 2 and 2.")]
    public int? NResLayers { get; init; }

    [Description("Strides of videogpt in time, height and width, powers of two. The others' are in their names.")]
    public IReadOnlyList<int> Downsample { get; init; } = [4, 4, 4];

    [Description("Levels of each channel of finite scalar quantization: their product is the number of codes.")]
    public IReadOnlyList<int> FsqLevels { get; init; } = [8, 5, 5, 5];
}
