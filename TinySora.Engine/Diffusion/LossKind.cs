namespace TinySora.Engine.Diffusion;

/// <summary>A distance between what is predicted and what should be.</summary>
public enum LossKind
{
    /// <summary>Mean absolute.</summary>
    L1,

    /// <summary>Mean squared.</summary>
    L2,
}
