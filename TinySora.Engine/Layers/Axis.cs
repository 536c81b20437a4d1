namespace TinySora.Engine.Layers;

/// <summary>What a convolution does along one axis.</summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Before">Zeros in front of the first position.</param>
/// <param name="After">Zeros behind the last.</param>
public readonly record struct Axis(long Kernel, long Stride = 1, long Before = 0, long After = 0)
{
    /// <summary>Each position by itself.</summary>
    public static Axis Single { get; } = new(1);

    /// <summary>The same in front of the first position as behind the last.</summary>
    public static Axis Symmetric(long kernel, long stride, long padding) => new(kernel, stride, padding, padding);

    /// <summary>As many positions as there are strides, the larger half of the padding in front (VideoGPT).</summary>
    public static Axis Same(long kernel, long stride) => new(kernel, stride, (kernel - stride + 1) / 2, (kernel - stride) / 2);

    internal bool IsSymmetric => Before == After;
}
