using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatteTutorial;

/// <summary>The section of the tutorial's files about the autoencoder.</summary>
public sealed record AutoencoderParams
{
    [Description("Channels of the latents.")]
    public int ZChannels { get; init; } = 4;

    [Description("Dead key of the published files.")]
    [MayBeAbsent]
    public int? CodebookSize { get; init; }

    [Description("Channels of each level, the finest first; each a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels of the blocks in the middle; a single one means no block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Which steps from level to level halve height and width.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Which levels have attention.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Groups of the group norms.")]
    public int NormChannels { get; init; } = 32;

    [Description("Heads of attention.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers of a level on the way down.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Layers of attention in a block of the middle.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers of a level on the way up.")]
    public int NumUpLayers { get; init; } = 1;
}
