using System.ComponentModel;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>The network that encodes and decodes frames.</summary>
public sealed record FrameModelConfig
{
    internal const string LatteVae = "latte-vae";
    internal const string AutoencoderKl = "autoencoder-kl";

    [Description("latte-vae: the Latte tutorial's; autoencoder-kl: Stable Diffusion's, which takes of the others frame_channels, z_channels, "
        + "down_channels, norm_channels and num_down_layers.")]
    public string Network { get; init; } = LatteVae;

    [Description("Channels of a frame: 1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Channels of the latents.")]
    public int ZChannels { get; init; } = 4;

    [Description("Channels of each level, the finest first; each a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels of the blocks in the middle; the first and the last are the last of down_channels, and a single one means no block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Which steps from level to level halve height and width; one less than down_channels.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Which levels have attention, on the way down and up; one less than down_channels.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Groups of the group norms.")]
    public int NormChannels { get; init; } = 32;

    [Description("Heads of attention, where there is any.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers of a level on the way down.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Layers of attention in a block of the middle, between one residual layer more.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers of a level on the way up.")]
    public int NumUpLayers { get; init; } = 1;

    /// <summary>Rows, and columns, of a frame that one position of the latents stands for.</summary>
    internal int Stride => 1 << (IsKl ? DownChannels.Count - 1 : DownSample.Count(halves => halves));

    internal bool IsKl => Network == AutoencoderKl;
}
