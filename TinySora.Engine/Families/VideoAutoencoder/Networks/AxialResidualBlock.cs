using TinySora.Engine.Compute;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm = TinySora.Engine.Layers.BatchNorm;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// VideoGPT's residual block x + [norm, ReLU, convolution to half the channels, norm, ReLU, pointwise convolution back to all channels, norm, ReLU, axial
/// attention](x).
/// </summary>
internal sealed class AxialResidualBlock : Layer
{
    private readonly Sequential block;

    /// <param name="isCausal">Whether frames ignore later frames.</param>
    public AxialResidualBlock(int channels, bool isCausal)
        : base(nameof(AxialResidualBlock))
    {
        var half = channels / 2;
        block = nn.Sequential(
            Normed(channels), nn.Identity(), isCausal ? new CausalConv(channels, half, 3, hasBias: false) : SameConv(channels, half, 3, hasBias: false),
            Normed(half), nn.Identity(), SameConv(half, channels, 1, hasBias: false),
            Normed(channels), nn.Identity(), new AxialAttention(channels, isCausal));
        RegisterComponents();
    }

    /// <summary>Creates a stack of <paramref name="count"/> blocks, followed by normalization and ReLU.</summary>
    public static nn.Module<Tensor, Tensor>[] Stack(int count, int channels, bool isCausal) =>
        [.. Enumerable.Range(0, count).Select(_ => new AxialResidualBlock(channels, isCausal)), Normed(channels), nn.Identity()];

    /// <summary>Creates a convolution that keeps the size of its input. Its weight has the published name.</summary>
    public static Sequential SameConv(int inputs, int outputs, int kernel, bool hasBias = true) =>
        nn.Sequential(("conv", new Conv(inputs, outputs, Axis.Same(kernel, 1), Axis.Same(kernel, 1), hasBias)));

    public override AnyTensor forward(AnyTensor input) => input + block.forward(input).ToFloat32();

    /// <summary>
    /// Creates a batch norm that includes its ReLU. In the sequence, an identity takes the ReLU's place, so that layers keep their published indices.
    /// </summary>
    private static BatchNorm Normed(int channels) => new(channels, Activation.LeakyRelu);
}

/// <summary>Sum of attention along width, height and time.</summary>
internal sealed class AxialAttention : Layer
{
    private readonly AxisAttention attn_w;
    private readonly AxisAttention attn_h;
    private readonly AxisAttention attn_t;

    /// <param name="isCausal">Whether frames ignore later frames.</param>
    public AxialAttention(int channels, bool isCausal)
        : base(nameof(AxialAttention))
    {
        (attn_w, attn_h, attn_t) = (new(channels, 3, isCausal: false), new(channels, 2, isCausal: false), new(channels, 1, isCausal));
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = input.ToComputeType();
        return attn_w.forward(x) + attn_h.forward(x) + attn_t.forward(x);
    }
}

/// <summary>Attention along one axis of a clip, between positions with the same coordinates on the other two axes. It has two heads, as in VideoGPT.</summary>
internal sealed class AxisAttention : Layer
{
    private const int Heads = 2;

    private readonly Linear w_qs;
    private readonly Linear w_ks;
    private readonly Linear w_vs;
    private readonly Linear fc;
    private readonly long[] _order;
    private readonly bool _isCausal;

    /// <param name="axis">Axis to attend along: 1 for frames, 2 for rows, 3 for columns.</param>
    /// <param name="isCausal">Whether positions ignore later positions on the axis.</param>
    public AxisAttention(int channels, int axis, bool isCausal)
        : base(nameof(AxisAttention))
    {
        (w_qs, w_ks, w_vs) = (Projection(channels, hasBias: false), Projection(channels, hasBias: false), Projection(channels, hasBias: false));
        fc = Projection(channels, hasBias: true);
        _order = [0, .. new long[] { 1, 2, 3 }.Where(other => other != axis), 4, axis, 5];
        _isCausal = isCausal;
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        AnyTensor Along(Linear projection) => projection.forward(input).unflatten(4, Heads, input.shape[4] / Heads).permute(_order); // (.., h, length, d)

        var (q, k, v) = (Along(w_qs), Along(w_ks), Along(w_vs));
        var length = q.shape[^2];
        var mixed = ScaledDotProduct.Attend(q, k, v, Math.Pow(q.shape[^1], -0.5), mask: Later(length, input.device));
        return fc.forward(mixed.permute(Back).flatten(4, 5));
    }

    /// <summary>Permutation that restores the original order of axes after attention.</summary>
    private long[] Back => [.. Enumerable.Range(0, 6).Select(axis => (long)Array.IndexOf(_order, axis))];

    private Tensor? Later(long length, Device device) => _isCausal ? ones([length, length], ScalarType.Bool, device).triu(1) : null;

    private static Linear Projection(int channels, bool hasBias)
    {
        using var nothing = no_grad();
        var linear = new Linear(channels, channels, hasBias);
        linear.get_parameter("weight")!.normal_(0, Math.Pow(channels, -0.5));
        return linear;
    }
}

/// <summary>A convolution that is causal in time: no frame depends on a later one. The start is padded with copies of the first frame.</summary>
internal sealed class CausalConv : Layer
{
    private readonly Conv conv;
    private readonly int _before;

    /// <param name="stride">Stride in time.</param>
    public CausalConv(int inputs, int outputs, int kernel, int stride = 1, bool hasBias = true)
        : base(nameof(CausalConv))
    {
        conv = new Conv(inputs, outputs, new Axis(kernel, stride), Axis.Same(kernel, 1), hasBias);
        _before = kernel - 1;
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    public override AnyTensor forward(AnyTensor input) => conv.forward(AnyTensor.cat([input.narrow(1, 0, 1).repeat(1, _before, 1, 1, 1), input], 1));
}
