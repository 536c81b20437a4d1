using TinySora.Engine.Layers;
using TorchSharp.Modules;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>Residual layers for frames of one size, followed by a layer that changes the size.</summary>
internal sealed class AutoencoderKlLevel : Layer
{
    private readonly ModuleList<AutoencoderKlResNet> resnets = new();
    private readonly ModuleList<AutoencoderKlResample>? downsamplers;
    private readonly ModuleList<AutoencoderKlResample>? upsamplers;

    /// <param name="halves">Whether to halve height and width after the residual layers.</param>
    /// <param name="doubles">Whether to double height and width after the residual layers.</param>
    public AutoencoderKlLevel(int groups, int inputs, int outputs, int layers, bool halves = false, bool doubles = false)
        : base(nameof(AutoencoderKlLevel))
    {
        for (var layer = 0; layer < layers; layer++)
        {
            resnets.Add(new AutoencoderKlResNet(groups, layer == 0 ? inputs : outputs, outputs));
        }

        // Zeros are padded only after the last row and column.
        downsamplers = halves ? new(new AutoencoderKlResample(outputs, new Axis(3, 2, 0, 1))) : null;
        upsamplers = doubles ? new(new AutoencoderKlResample(outputs, Axis.Symmetric(3, 1, 1))) : null;
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F, H', W', outputs).</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = resnets.Aggregate(input, (x, layer) => layer.forward(x));
        return downsamplers is not null ? downsamplers[0].forward(x)
            : upsamplers is not null ? upsamplers[0].forward(Upsampling.Space(x))
            : x;
    }
}

/// <summary>A residual layer, attention and another residual layer, for frames of the smallest size.</summary>
internal sealed class AutoencoderKlMiddle : Layer
{
    private readonly ModuleList<AutoencoderKlResNet> resnets;
    private readonly ModuleList<AutoencoderKlAttention> attentions;

    public AutoencoderKlMiddle(int groups, int channels)
        : base(nameof(AutoencoderKlMiddle))
    {
        resnets = new(new AutoencoderKlResNet(groups, channels, channels), new AutoencoderKlResNet(groups, channels, channels));
        attentions = new(new AutoencoderKlAttention(groups, channels));
        RegisterComponents();
    }

    /// <param name="input">(B, F, h, w, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input) => resnets[1].forward(attentions[0].forward(resnets[0].forward(input)));
}

/// <summary>Normalization, SiLU and convolution, twice, with a residual connection.</summary>
internal sealed class AutoencoderKlResNet : Layer
{
    private readonly GroupNorm norm1;
    private readonly Conv conv1;
    private readonly GroupNorm norm2;
    private readonly Conv conv2;
    private readonly Conv? conv_shortcut;

    public AutoencoderKlResNet(int groups, int inputs, int outputs)
        : base(nameof(AutoencoderKlResNet))
    {
        norm1 = Norm(groups, inputs, isActivated: true);
        conv1 = FrameBlock.Square(inputs, outputs, 3);
        norm2 = Norm(groups, outputs, isActivated: true);
        conv2 = FrameBlock.Square(outputs, outputs, 3);
        conv_shortcut = inputs == outputs ? null : FrameBlock.Square(inputs, outputs, 1);
        RegisterComponents();
    }

    public static GroupNorm Norm(int groups, int channels, bool isActivated) => new(groups, channels, isActivated, epsilon: 1e-6);

    /// <param name="input">(B, F, H, W, inputs) float32.</param>
    /// <returns>(B, F, H, W, outputs) float32.</returns>
    public override AnyTensor forward(AnyTensor input) => OnlyResult(input, () => // saves memory, because frames are large
    {
        var inner = conv2.forward(norm2.forward(conv1.forward(norm1.forward(input))));
        return (conv_shortcut is null ? input : conv_shortcut.forward(input).ToFloat32()) + inner.ToFloat32();
    });
}

/// <summary>Single-head attention over all positions of a frame, with a residual connection.</summary>
internal sealed class AutoencoderKlAttention : Layer
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;
    private readonly double _scale;

    public AutoencoderKlAttention(int groups, int channels)
        : base(nameof(AutoencoderKlAttention))
    {
        group_norm = AutoencoderKlResNet.Norm(groups, channels, isActivated: false);
        (to_q, to_k, to_v) = (new Linear(channels, channels), new Linear(channels, channels), new Linear(channels, channels));
        to_out = new(new Linear(channels, channels));
        _scale = 1 / Math.Sqrt(channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, h, w, C) float32.</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input) => OnlyResult(input, () =>
    {
        var x = group_norm.forward(input).flatten(2, 3); // (B, F, hw, C)
        var mixed = ScaledDotProduct.Attend(to_q.forward(x), to_k.forward(x), to_v.forward(x), _scale);
        return input + to_out[0].forward(mixed).ToFloat32().view_as(input);
    });
}

/// <summary>A convolution that changes the size of frames.</summary>
internal sealed class AutoencoderKlResample : Layer
{
    private readonly Conv conv;

    public AutoencoderKlResample(int channels, Axis space)
        : base(nameof(AutoencoderKlResample))
    {
        conv = new Conv(channels, channels, Axis.Single, space, isFlat: true);
        RegisterComponents();
    }

    public override AnyTensor forward(AnyTensor input) => conv.forward(input).ToFloat32();
}
