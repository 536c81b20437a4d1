using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// Attention over the positions of a frame at linear cost (Shen et al. 2018): queries are softmaxed over features, keys over
/// positions, and keys and values meet in one d x d context per head. Head width 32.
/// </summary>
public sealed class SpatialLinearAttention : nn.Module, IClipMixer
{
    private const int HeadWidth = 32;

    private readonly PointwiseConv to_qkv;
    private readonly PointwiseConv to_out;
    private readonly int _heads;

    public SpatialLinearAttention(int channels, int heads)
        : base(nameof(SpatialLinearAttention))
    {
        to_qkv = new PointwiseConv(channels, 3 * heads * HeadWidth, hasBias: false);
        to_out = new PointwiseConv(heads * HeadWidth, channels, hasBias: true);
        _heads = heads;
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, C).</param>
    public Tensor forward(Tensor x, FramePositions? positions)
    {
        var tokens = x.flatten(2, 3).flatten(0, 1);                                          // (B·F, n, C)
        FlopCounter.Add(4 * tokens.shape[0] * tokens.shape[1] * _heads * HeadWidth * HeadWidth);
        return Chunks.Map(Precision.Narrow(tokens), 0, 3 * _heads * HeadWidth, Mix).view_as(x);
    }

    public OnnxTensor forward(OnnxTensor x, GraphPositions? positions)
    {
        var tokens = x.Flatten(2, 3).Flatten(0, 1);
        var (frames, n) = (tokens.Shape[0], tokens.Shape[1]);
        var qkv = to_qkv.forward(tokens).Reshape(frames, n, 3, _heads, HeadWidth);
        var q = qkv.Select(2, 0).Softmax().Permute(0, 2, 1, 3);
        var k = qkv.Select(2, 1).Softmax(1).Permute(0, 2, 3, 1);
        var v = qkv.Select(2, 2).Permute(0, 2, 1, 3);
        var context = k.MatMul(v) * Math.Pow(HeadWidth, -0.5);
        return to_out.forward(q.MatMul(context).Permute(0, 2, 1, 3).Reshape(frames, n, _heads * HeadWidth)).Reshape(x.Shape);
    }

    private Tensor Mix(Tensor tokens)
    {
        var qkv = to_qkv.forward(tokens);                                                    // (B·F, n, 3·h·d)
        return to_out.forward(Kernels.CanRunOn(qkv) ? Kernels.AttendLinearly(qkv, _heads) : Composed(qkv));
    }

    private Tensor Composed(Tensor qkv)
    {
        var (frames, n) = (qkv.shape[0], qkv.shape[1]);
        qkv = qkv.view(frames, n, 3, _heads, HeadWidth);
        var q = qkv.select(2, 0).softmax(-1).permute(0, 2, 1, 3);                              // (B·F, h, n, d)
        var k = qkv.select(2, 1).softmax(1).permute(0, 2, 3, 1);                               // (B·F, h, d, n)
        var v = qkv.select(2, 2).permute(0, 2, 1, 3);                                          // (B·F, h, n, e)
        var context = k.Times(v) * Math.Pow(HeadWidth, -0.5);                                 // (B·F, h, d, e)
        return q.Times(context).permute(0, 2, 1, 3).reshape(frames, n, _heads * HeadWidth);
    }

    /// <summary>A 1 x 1 Conv2d: a linear layer whose weight has the shape (o, i, 1, 1).</summary>
    private sealed class PointwiseConv : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter weight;
        private readonly Parameter? bias;

        public PointwiseConv(long inputs, long outputs, bool hasBias)
            : base(nameof(PointwiseConv))
        {
            weight = Initial.Uniform(inputs, outputs, inputs, 1, 1);
            bias = hasBias ? Initial.Uniform(inputs, outputs) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => Linear.Product(input, weight, bias);

        public OnnxTensor forward(OnnxTensor input) => Linear.Product(input, weight, bias);
    }
}
