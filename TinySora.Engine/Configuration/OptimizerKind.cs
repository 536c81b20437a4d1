namespace TinySora.Engine.Configuration;

/// <summary>The optimizers that a run can use.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    [Spelled("adamw")]
    AdamW,

    /// <summary>Matrices by orthogonal steps (Jordan et al. 2024) with rows of equal size (NorMuon, Li et al. 2025), everything else by AdamW.</summary>
    Muon,
}
