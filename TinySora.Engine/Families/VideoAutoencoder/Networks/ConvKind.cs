using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>The convolutions of minisora's networks: in space alone, frame by frame (S), or in space and time alike (ST).</summary>
internal sealed class ConvKind
{
    public static readonly ConvKind S = new(isInTime: false);
    public static readonly ConvKind ST = new(isInTime: true);

    private static readonly Axis HalfLength = Axis.Symmetric(kernel: 3, stride: 2, padding: 1);
    private static readonly Axis SameLength = Axis.Symmetric(kernel: 3, stride: 1, padding: 1);

    private readonly bool isInTime;

    private ConvKind(bool isInTime) => this.isInTime = isInTime;

    /// <summary>A convolution that halves the axes.</summary>
    public Conv Down(int inputs, int outputs) => new(inputs, outputs, isInTime ? HalfLength : Axis.Single, HalfLength);

    /// <summary>A layer that doubles the axes.</summary>
    public UpConv Up(int inputs, int outputs) => new(inputs, outputs, isInTime ? UpConv.Double : Axis.Single, UpConv.Double);

    public Conv Same(int inputs, int outputs, bool hasBias = true) => new(inputs, outputs, isInTime ? SameLength : Axis.Single, SameLength, hasBias);

    /// <summary>The stride of a number of stages.</summary>
    public LatentStride Stride(int stages) => new(isInTime ? 1 << stages : 1, 1 << stages, 1 << stages);
}
