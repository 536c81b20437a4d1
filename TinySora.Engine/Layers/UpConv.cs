using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// PyTorch's ConvTranspose3d, and its ConvTranspose2d of every frame. An axis is doubled (kernel 4, stride 2, padding 1) or keeps its
/// length (stride 1).
/// </summary>
public sealed class UpConv : Layer
{
    /// <summary>The kernel, stride and padding that double an axis.</summary>
    public static readonly Axis Double = new(4, 2, 1, 1);

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Axis _time;
    private readonly Axis _space;

    /// <summary>Doubles height and width of each frame by itself.</summary>
    public UpConv(long channels)
        : this(channels, channels, Axis.Single, Double)
    {
    }

    /// <param name="time"><see cref="Double"/>, or an axis of stride 1 whose padding is that of the input.</param>
    /// <param name="space">The same of height and width.</param>
    /// <param name="isFlat">The weight is that of a ConvTranspose2d; takes a single <paramref name="time"/>.</param>
    public UpConv(long inputs, long outputs, Axis time, Axis space, bool isFlat = false)
        : base(nameof(UpConv))
    {
        var fanIn = outputs * time.Kernel * space.Kernel * space.Kernel; // as PyTorch counts it
        weight = Initial.ChannelsLast(Initial.Uniform(fanIn, inputs, outputs, time.Kernel, space.Kernel, space.Kernel), isFlat, axis: 0);
        bias = Initial.Uniform(fanIn, outputs);
        (_time, _space) = (time, space);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public override AnyTensor forward(AnyTensor input) => input.conv_transpose(weight, bias, _time, _space);
}
