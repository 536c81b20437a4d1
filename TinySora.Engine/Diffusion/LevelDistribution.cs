namespace TinySora.Engine.Diffusion;

/// <summary>How often training sees each noise level.</summary>
public enum LevelDistribution
{
    /// <summary>All noise levels equally often.</summary>
    Uniform,

    /// <summary>Noise levels in the middle more often: the sigmoid of a normal number (Esser et al. 2024).</summary>
    LogitNormal,
}
