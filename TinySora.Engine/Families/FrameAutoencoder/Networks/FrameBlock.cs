using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>
/// Residual layers, optionally with attention, and a change of size before or after them. This class implements DownBlock, MidBlock and UpBlock of the
/// published code. Fields have the published names, because they become the keys in a checkpoint.
/// </summary>
internal sealed class FrameBlock : Layer
{
    private readonly ModuleList<Sequential> resnet_conv_first = new();
    private readonly ModuleList<Sequential> resnet_conv_second = new();
    private readonly ModuleList<Conv> residual_input_conv = new();
    private readonly ModuleList<GroupNorm> attention_norms = new();
    private readonly ModuleList<FrameAttention> attentions = new();
    private readonly UpConv? up_sample_conv;
    private readonly Conv? down_sample_conv;

    /// <param name="attends">Number of residual layers, counted from the first, that are followed by attention.</param>
    /// <param name="halves">Whether to halve height and width after the residual layers.</param>
    /// <param name="doubles">Whether to double height and width before the residual layers.</param>
    public FrameBlock(FrameModelConfig model, int inputs, int outputs, int layers, int attends, bool halves = false, bool doubles = false)
        : base(nameof(FrameBlock))
    {
        for (var layer = 0; layer < layers; layer++)
        {
            var from = layer == 0 ? inputs : outputs;
            resnet_conv_first.Add(Part(model.NormChannels, from, outputs));
            resnet_conv_second.Add(Part(model.NormChannels, outputs, outputs));
            residual_input_conv.Add(Square(from, outputs, 1));
            if (layer < attends)
            {
                attention_norms.Add(new GroupNorm(model.NormChannels, outputs));
                attentions.Add(new FrameAttention(outputs, model.NumHeads));
            }
        }

        up_sample_conv = doubles ? new UpConv(inputs, inputs, Axis.Single, UpConv.Double, isFlat: true) : null;
        down_sample_conv = halves ? Square(outputs, outputs, kernel: 4, stride: 2, padding: 1) : null;
        RegisterComponents();
    }

    /// <summary>Creates a Conv2d that is applied to each frame. The default padding keeps the size of frames if the stride is 1.</summary>
    public static Conv Square(int inputs, int outputs, long kernel, long stride = 1, long? padding = null) =>
        new(inputs, outputs, Axis.Single, Axis.Symmetric(kernel, stride, padding ?? kernel / 2), isFlat: true);

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F, H', W', outputs), float32.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = up_sample_conv is null ? input : up_sample_conv.forward(input).ToFloat32();
        for (var layer = 0; layer < resnet_conv_first.Count; layer++)
        {
            var inner = resnet_conv_second[layer].forward(resnet_conv_first[layer].forward(x));
            x = inner.ToFloat32() + residual_input_conv[layer].forward(x).ToFloat32();
            if (layer < attentions.Count)
            {
                x = x + attentions[layer].forward(attention_norms[layer].forward(x)).ToFloat32();
            }
        }

        return down_sample_conv is null ? x : down_sample_conv.forward(x).ToFloat32();
    }

    /// <summary>Creates normalization, SiLU and convolution. The normalization includes the SiLU, and an identity takes the index of the SiLU.</summary>
    private static Sequential Part(int groups, int inputs, int outputs) =>
        nn.Sequential(new GroupNorm(groups, inputs, isActivated: true), nn.Identity(), Square(inputs, outputs, 3));
}

/// <summary>Multi-head attention over all positions of a frame (Vaswani et al. 2017). Parameters are named as in PyTorch's MultiheadAttention.</summary>
internal sealed class FrameAttention : Layer
{
    private readonly Parameter in_proj_weight;
    private readonly Parameter in_proj_bias;
    private readonly Linear out_proj;
    private readonly int _heads;

    public FrameAttention(int channels, int heads)
        : base(nameof(FrameAttention))
    {
        var bound = Math.Sqrt(6.0 / (4 * channels)); // Xavier, as in PyTorch
        in_proj_weight = new Parameter(empty([3 * channels, channels], ScalarType.Float32).uniform_(-bound, bound));
        in_proj_bias = WeightInitialization.Zeros(3 * channels);
        out_proj = new Linear(channels, channels);
        _heads = heads;
        RegisterComponents();
        using var nothing = no_grad();
        out_proj.get_parameter("bias")!.zero_();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var (b, f, c) = (input.shape[0], input.shape[1], input.shape[4]);
        var qkv = input.linear(in_proj_weight, in_proj_bias)                                // (B, F, H, W, 3C)
            .reshape(b, f, -1, 3, _heads, c / _heads).permute(3, 0, 1, 4, 2, 5);            // (3, B, F, h, HW, d)
        var mixed = ScaledDotProduct.Attend(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2), 1 / Math.Sqrt(c / _heads)); // (B, F, h, HW, d)
        return out_proj.forward(mixed.transpose(2, 3).reshape(input.shape));
    }
}

/// <summary>PyTorch's GroupNorm for each frame (Wu and He 2018), optionally followed by SiLU.</summary>
public sealed class GroupNorm : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long _groups;
    private readonly bool _isActivated;
    private readonly double _epsilon;

    /// <param name="isActivated">Whether SiLU is applied to the result.</param>
    public GroupNorm(long groups, long channels, bool isActivated = false, double epsilon = 1e-5)
        : base(nameof(GroupNorm))
    {
        weight = WeightInitialization.Ones(channels);
        bias = WeightInitialization.Zeros(channels);
        (_groups, _isActivated, _epsilon) = (groups, isActivated, epsilon);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        if (input.Eager is Tensor numbers && Kernels.CanNorm(numbers))
        {
            var mean = empty([input.shape[0] * input.shape[1], _groups], ScalarType.Float32);
            return Kernels.GroupNorm(numbers, weight, bias, mean, zeros_like(mean), _epsilon, _isActivated ? Activation.Silu : Activation.None, 0);
        }

        var normal = input.ToFloat32().group_norm(_groups, weight, bias, _epsilon);
        return _isActivated ? normal.silu() : normal;
    }
}
