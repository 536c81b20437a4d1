using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>Attention along one axis of a clip, each position with those that share the other two; two heads, as in VideoGPT.</summary>
internal sealed class AxisAttention : Layer
{
    private const int Heads = 2;

    private readonly Linear w_qs;
    private readonly Linear w_ks;
    private readonly Linear w_vs;
    private readonly Linear fc;
    private readonly long[] _order;
    private readonly bool _isCausal;

    /// <param name="axis">1 frames, 2 rows, 3 columns.</param>
    /// <param name="isCausal">A position sees itself and those before it.</param>
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

    /// <summary>The order of axes that undoes the one in which attention has them.</summary>
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
