namespace TinySora.Engine.Diffusion;

/// <summary>A distance between what is predicted and what should be.</summary>
public enum LossKind
{
    /// <summary>Mean absolute error.</summary>
    L1,

    /// <summary>Mean squared error.</summary>
    L2,
}
