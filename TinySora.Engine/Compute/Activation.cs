namespace TinySora.Engine.Compute;

/// <summary>Activation after a norm; the values match the kernels'.</summary>
public enum Activation
{
    None = 0,

    /// <summary>x · sigmoid(x).</summary>
    Silu = 1,

    /// <summary>x if it is positive, otherwise x times a slope; ReLU with a slope of 0.</summary>
    LeakyRelu = 2,
}
