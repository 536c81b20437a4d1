using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>Kinds of convolutions in minisora's networks: only in space, for each frame separately (S), or in space and time (ST).</summary>
internal sealed class ConvKind
{
    public static readonly ConvKind S = new(isInTime: false);
    public static readonly ConvKind ST = new(isInTime: true);

    private static readonly Axis HalfLength = Axis.Symmetric(kernel: 3, stride: 2, padding: 1);
    private static readonly Axis SameLength = Axis.Symmetric(kernel: 3, stride: 1, padding: 1);

    private readonly bool isInTime;

    private ConvKind(bool isInTime) => this.isInTime = isInTime;

    public Conv Down(int inputs, int outputs) => new(inputs, outputs, isInTime ? HalfLength : Axis.Single, HalfLength);

    public UpConv Up(int inputs, int outputs) => new(inputs, outputs, isInTime ? UpConv.Double : Axis.Single, UpConv.Double);

    public Conv Same(int inputs, int outputs, bool hasBias = true) => new(inputs, outputs, isInTime ? SameLength : Axis.Single, SameLength, hasBias);

    public LatentStride Stride(int stages) => new(isInTime ? 1 << stages : 1, 1 << stages, 1 << stages);
}

/// <summary>An activation function between convolutions, without weights.</summary>
internal sealed class ActivationLayer : Layer
{
    private readonly Func<AnyTensor, AnyTensor> _function;

    private ActivationLayer(Func<AnyTensor, AnyTensor> function)
        : base(nameof(ActivationLayer)) => _function = function;

    public static ActivationLayer Relu() => new(x => x.relu());

    /// <summary>Creates a leaky ReLU with PyTorch's default slope.</summary>
    public static ActivationLayer LeakyRelu() => new(x => x.leaky_relu(0.01));

    public static ActivationLayer Tanh() => new(x => x.tanh());

    public override AnyTensor forward(AnyTensor input) => _function(input);
}

/// <summary>The residual layer x + [ReLU, 3 x 3 x 3 or 1 x 3 x 3 convolution, ReLU, 1 x 1 x 1 convolution](x), as in minisora's s4t4_c.</summary>
internal sealed class ResidualLayer : Layer
{
    private readonly Sequential res_block;

    /// <param name="kind">Kind of the first convolution.</param>
    public ResidualLayer(int channels, int hidden, ConvKind kind)
        : base(nameof(ResidualLayer))
    {
        res_block = nn.Sequential(
            ActivationLayer.Relu(), kind.Same(channels, hidden, hasBias: false),
            ActivationLayer.Relu(), new Conv(hidden, channels, Axis.Single, Axis.Single, hasBias: false));
        RegisterComponents();
    }

    public override AnyTensor forward(AnyTensor input) => input + res_block.forward(input).ToFloat32();
}
