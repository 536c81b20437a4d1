namespace TinySora.Engine.Diffusion;

/// <summary>Which noise levels training sees how often.</summary>
public enum LevelDistribution
{
    /// <summary>All alike.</summary>
    Uniform,

    /// <summary>Those in the middle more often: the sigmoid of a normal number (Esser et al. 2024).</summary>
    LogitNormal,
}
