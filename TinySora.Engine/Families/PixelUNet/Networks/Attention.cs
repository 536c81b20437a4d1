using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Multi-head softmax attention without biases in its projections.</summary>
public sealed class Attention : nn.Module
{
    /// <summary>The most tokens for which the kernel is faster than products of whole matrices.</summary>
    private const int MostTokens = 16;

    /// <summary>
    /// The most frames for which the kernel is faster than matrix products, where tokens first have to be gathered from all positions and
    /// rotated.
    /// </summary>
    private const int MostFrames = 32;
    private const int MostFrameFeatures = 2048;

    private readonly Linear to_qkv;
    private readonly Linear to_out;
    private readonly RotaryEmbedding? rotary_emb;
    private readonly int _heads;
    private readonly int _headWidth;

    /// <param name="rotary">Shared by the temporal attentions; listed here because it is part of their saved state.</param>
    public Attention(int channels, int heads, int headWidth, RotaryEmbedding? rotary = null)
        : base(nameof(Attention))
    {
        to_qkv = new Linear(channels, 3 * heads * headWidth, hasBias: false);
        to_out = new Linear(heads * headWidth, channels, hasBias: false);
        rotary_emb = rotary;
        _heads = heads;
        _headWidth = headWidth;
        RegisterComponents();
    }

    /// <param name="x">(A, T, M, C): every token attends to the T tokens that share its A and M.</param>
    /// <param name="positions">Given where T are frames.</param>
    /// <returns>(A, T, M, C).</returns>
    public Tensor forward(Tensor x, FramePositions? positions = null)
    {
        var (a, t, m) = (x.shape[0], x.shape[1], x.shape[2]);
        var inner = _heads * _headWidth;
        x = Precision.Narrow(x);
        if (Kernels.CanAttend(x, _headWidth) && Fits(t, positions))
        {
            FlopCounter.Add(4 * a * m * t * t * inner);
            positions ??= FramePositions.None((int)t, _heads, _headWidth, x.device);
            return Chunks.Map(x, 2, 3 * inner, part => to_out.forward(Kernels.Attend(to_qkv.forward(part), positions.Turns, positions.Bias)));
        }

        var qk = to_qkv.Outputs(x, 0, 2 * inner);                                         // (A, T, M, 2·h·d)
        if (positions is not null)
        {
            qk = qk.view(a, t, -1, _headWidth).Times(positions.Rotation!);                     // (A, T, M·2·h, d)
        }

        var (q, k) = Pair(qk.view(a, t, m, 2, _heads, _headWidth).permute(3, 0, 2, 4, 1, 5)); // (A, M, h, T, d)
        var v = to_qkv.Outputs(x, 2 * inner, inner).view(a, t, m, _heads, _headWidth).permute(0, 2, 3, 1, 4);

        var mixed = ScaledDotProduct.Attend(q, k, v, positions is null ? Math.Pow(_headWidth, -0.5) : null, positions?.Bias);  // (A, M, h, T, d)
        return to_out.forward(mixed.permute(0, 3, 1, 2, 4).reshape(a, t, m, inner));
    }

    /// <inheritdoc cref="forward(Tensor, FramePositions?)"/>
    public OnnxTensor forward(OnnxTensor x, GraphPositions? positions = null)
    {
        var (a, t, m) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        var inner = _heads * _headWidth;
        var qkv = to_qkv.forward(x);                                                          // (A, T, M, 3·h·d)
        var qk = qkv.Narrow(-1, 0, 2 * inner);
        qk = positions is null ? qk : qk.Reshape(a, t, m * 2 * _heads, _headWidth).MatMul(positions.Rotation);
        qk = qk.Reshape(a, t, m, 2, _heads, _headWidth).Permute(3, 0, 2, 4, 1, 5);              // (2, A, M, h, T, d)
        var v = qkv.Narrow(-1, 2 * inner, inner).Reshape(a, t, m, _heads, _headWidth).Permute(0, 2, 3, 1, 4);

        var mixed = ScaledDotProduct.Attend(
            qk.Select(0, 0), qk.Select(0, 1), v, positions is null ? Math.Pow(_headWidth, -0.5) : null, positions?.Bias);
        return to_out.forward(mixed.Permute(0, 3, 1, 2, 4).Reshape(a, t, m, inner));
    }

    private bool Fits(long tokens, FramePositions? positions) => positions is null
        ? tokens <= MostTokens
        : tokens <= MostFrames && tokens * _headWidth <= MostFrameFeatures && positions.Bias.ndim == 3;

    private static (Tensor, Tensor) Pair(Tensor stacked) => (stacked.select(0, 0), stacked.select(0, 1));
}
