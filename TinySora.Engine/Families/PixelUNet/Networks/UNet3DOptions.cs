using TinySora.Engine.Families.PixelUNet.Config;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Everything that decides the shape of a <see cref="UNet3D"/>; the defaults are the published model's, unconditional.</summary>
public sealed record UNet3DOptions
{
    public int Dim { get; init; } = 64;

    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 4, 8];

    /// <summary>Channels after the first convolution; null: <see cref="Dim"/>.</summary>
    public int? InitDim { get; init; }

    public int InitKernelSize { get; init; } = 7;

    public bool UseSparseLinearAttn { get; init; } = true;

    /// <summary>Width of the text vector; null: no conditioning.</summary>
    public int? CondDim { get; init; }

    public int Channels { get; init; } = 3;

    public int AttnHeads { get; init; } = 8;

    /// <summary>Head width of the temporal attentions; the spatial ones always have 32.</summary>
    public int AttnDimHead { get; init; } = 32;

    /// <summary>Edge of the pixel blocks that become channels in front of the first convolution.</summary>
    public int Stem { get; init; } = 1;

    public bool FrameTextCond { get; init; }

    public bool TextField { get; init; }

    /// <summary>Height and width must be multiples of this.</summary>
    public int SizeMultiple => Stem << (DimMults.Count - 1);

    /// <param name="condDim">Width of the vectors that the run's text encoder gives; null: none.</param>
    public static UNet3DOptions From(ModelConfig config, int? condDim) => new()
    {
        Dim = config.Dim,
        DimMults = config.DimMults,
        InitDim = config.InitDim,
        InitKernelSize = config.InitKernelSize,
        UseSparseLinearAttn = config.UseSparseLinearAttn,
        CondDim = condDim,
        Channels = config.Channels,
        AttnHeads = config.AttnHeads,
        AttnDimHead = config.AttnDimHead,
        Stem = config.Stem,
        FrameTextCond = config.FrameTextCond,
        TextField = config.TextField,
    };
}
