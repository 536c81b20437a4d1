using System.ComponentModel;

namespace TinySora.Engine.Families.LatteTutorial;

/// <summary>The section of the tutorial's files about the transformer.</summary>
public sealed record DitvParams
{
    [Description("Rows and columns of latents that are one token.")]
    public int PatchSize { get; init; } = 2;

    [Description("Layers, in pairs of a spatial and a temporal one.")]
    public int NumLayers { get; init; } = 12;

    [Description("Width of a token; a multiple of 4.")]
    public int HiddenSize { get; init; } = 768;

    [Description("Heads of attention.")]
    public int NumHeads { get; init; } = 12;

    [Description("Width of a head.")]
    public int HeadDim { get; init; } = 64;

    [Description("Width of the embedding of a noise level; even.")]
    public int TimestepEmbDim { get; init; } = 256;
}
