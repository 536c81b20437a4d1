namespace TinySora.Engine.Layers;

/// <summary>Kernel, stride and padding of a convolution along one axis.</summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Before">Zeros in front of the first position.</param>
/// <param name="After">Zeros behind the last.</param>
public readonly record struct Axis(long Kernel, long Stride = 1, long Before = 0, long After = 0)
{
    /// <summary>An axis on which each position is treated by itself.</summary>
    public static Axis Single { get; } = new(1);

    /// <summary>An axis with equal padding before its first and after its last position.</summary>
    public static Axis Symmetric(long kernel, long stride, long padding) => new(kernel, stride, padding, padding);

    /// <summary>An axis padded so that there are as many results as strides, with the larger half of the padding in front (VideoGPT).</summary>
    public static Axis Same(long kernel, long stride) => new(kernel, stride, (kernel - stride + 1) / 2, (kernel - stride) / 2);

    internal bool IsSymmetric => Before == After;
}
