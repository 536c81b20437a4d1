namespace TinySora.Engine.Compute;

/// <summary>Activation function applied after a normalization. The numeric values match those in the native kernels.</summary>
public enum Activation
{
    None = 0,

    /// <summary>x · sigmoid(x).</summary>
    Silu = 1,

    /// <summary>Leaky ReLU: x if it is positive, otherwise x times a slope. A slope of 0 gives ReLU.</summary>
    LeakyRelu = 2,
}
