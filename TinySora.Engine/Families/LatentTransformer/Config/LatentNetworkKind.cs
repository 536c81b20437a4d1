using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The architectures of networks that denoise latents.</summary>
public enum LatentNetworkKind
{
    /// <summary>Attention in space and in time by turns (Ma et al. 2024), as minisora and its authors have it.</summary>
    Latte,

    /// <summary>Latte as the tutorial writes it: rows before columns, sines before cosines.</summary>
    [Spelled("latte-tutorial")]
    LatteTutorial,

    /// <summary>One sequence of all patches (Peebles and Xie 2022; early Open-Sora).</summary>
    [Spelled("dit")]
    DiT,

    /// <summary>Attention in space, in time and to captions in every block (Open-Sora 1, minisora).</summary>
    [Spelled("st-dit")]
    StDiT,

    /// <summary>Tiny SORA's U-Net (Ho et al. 2022), which learns from few clips.</summary>
    [Spelled("unet")]
    UNet,
}
