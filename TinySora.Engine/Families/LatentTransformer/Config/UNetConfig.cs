using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet.Config;

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
    internal int SizeMultiple => Network(channels: 1, condDim: null).SizeMultiple;

    /// <param name="condDim">Width of what it is told; null: nothing.</param>
    internal ModelConfig Network(int channels, int? condDim) => new()
    {
        Dim = Dim, DimMults = DimMults, Stem = Stem, Channels = channels, CondDim = condDim, InitKernelSize = 3, UseSparseLinearAttn = false, AttnHeads = 4,
        AttnDimHead = 16, FrameTextCond = true, TextField = true,
    };

    /// <param name="isTaken">Whether the network is a U-Net; another has these keys as they are where nothing is said of them.</param>
    internal void Check(ConfigRules rules, bool isTaken)
    {
        if (isTaken)
        {
            ModelConfig.CheckLevels(rules, "unet.", Dim, DimMults, Stem);
            rules.Require(DimMults.Count < 16, "unet.dim_mults", "fewer than 16 factors");
            return;
        }

        UNetConfig other = new();
        Require(Dim == other.Dim, "unet.dim", $"{other.Dim}");
        Require(DimMults.SequenceEqual(other.DimMults), "unet.dim_mults", $"[{string.Join(", ", other.DimMults)}]");
        Require(Stem == other.Stem, "unet.stem", $"{other.Stem}");

        void Require(bool isDefault, string key, string value) =>
            rules.Require(isDefault, key, $"{value} unless model.architecture is unet", "model.architecture");
    }
}
