namespace TinySora.Engine.Configuration;

/// <summary>The optimizers that a run can use.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    [Spelled("adamw")]
    AdamW,
}
