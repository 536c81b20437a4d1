using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The architectures of the transformer.</summary>
public enum TransformerKind
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
}
