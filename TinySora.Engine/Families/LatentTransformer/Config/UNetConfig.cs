using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet.Networks;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The U-Net, where model.architecture is unet.</summary>
public sealed record UNetConfig
{
    [Description("Features of the first level; even, at least 4.")]
    public int Dim { get; init; } = 32;

    [Description("Features of each level as a multiple of dim; each but the first has half the rows and columns of the one before.")]
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 2];

    [Description("Blocks of so many rows and columns of latents become channels in front of the first convolution: 1, 2 or 4.")]
    public int Stem { get; init; } = 1;

    /// <summary>Rows and columns of latents must be multiples of this.</summary>
    internal int SizeMultiple => Stem << (DimMults.Count - 1);

    /// <param name="condDim">Width of what it is told; null: nothing.</param>
    internal UNet3DOptions Options(int channels, int? condDim) => new()
    {
        Dim = Dim, DimMults = DimMults, Stem = Stem, Channels = channels, CondDim = condDim, InitKernelSize = 3, UseSparseLinearAttn = false, AttnHeads = 4,
        AttnDimHead = 16, FrameTextCond = true, TextField = true,
    };

    internal void Check(ConfigRules rules)
    {
        rules.Require(Dim >= 4 && Dim % 2 == 0, "unet.dim", "an even number, 4 or more");
        rules.Require(DimMults.Count is > 0 and < 16 && DimMults.All(factor => factor >= 1), "unet.dim_mults", "at least one factor, each 1 or more");
        rules.Require(Stem is 1 or 2 or 4, "unet.stem", "1, 2 or 4");
    }

    /// <summary>Whether nothing is said of a U-Net.</summary>
    internal bool IsDefault => new UNetConfig() is var other && Dim == other.Dim && Stem == other.Stem && DimMults.SequenceEqual(other.DimMults);
}
