namespace TinySora.Engine.Configuration;

/// <summary>What is minimized with.</summary>
public enum OptimizerKind
{
    /// <summary>Kingma and Ba 2015.</summary>
    Adam,

    /// <summary>Loshchilov and Hutter 2019.</summary>
    [Spelled("adamw")]
    AdamW,
}
