using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// Attention over the positions in a frame at linear cost (Shen et al. 2018), with a softmax of queries over features and of keys over positions, and one d
/// x d context of keys and values per head. The head width is 32.
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
    public AnyTensor forward(AnyTensor x, FramePositions? positions)
    {
        var tokens = x.flatten(2, 3).flatten(0, 1);                                          // (B·F, n, C)
        FlopCounter.Add(tokens.select(2, 0), 4 * _heads * HeadWidth * HeadWidth);
        return Chunks.Map(tokens.ToComputeType(), 0, 3 * _heads * HeadWidth, Mix).view_as(x);
    }

    private AnyTensor Mix(AnyTensor tokens)
    {
        var qkv = to_qkv.forward(tokens);                                                    // (B·F, n, 3·h·d)
        return to_out.forward(qkv.HasKernels ? qkv.AttendLinearly(_heads) : Composed(qkv));
    }

    private AnyTensor Composed(AnyTensor qkv)
    {
        var (frames, n) = (qkv.shape[0], qkv.shape[1]);
        qkv = qkv.reshape(frames, n, 3, _heads, HeadWidth);
        var q = qkv.select(2, 0).softmax(-1).permute(0, 2, 1, 3);                              // (B·F, h, n, d)
        var k = qkv.select(2, 1).softmax(1).permute(0, 2, 3, 1);                               // (B·F, h, d, n)
        var v = qkv.select(2, 2).permute(0, 2, 1, 3);                                          // (B·F, h, n, e)
        var context = k.matmul(v) * Math.Pow(HeadWidth, -0.5);                                 // (B·F, h, d, e)
        return q.matmul(context).permute(0, 2, 1, 3).reshape(frames, n, _heads * HeadWidth);
    }

    /// <summary>A 1 x 1 Conv2d, computed as a linear layer with a weight of shape (o, i, 1, 1).</summary>
    private sealed class PointwiseConv : Layer
    {
        private readonly Parameter weight;
        private readonly Parameter? bias;

        public PointwiseConv(long inputs, long outputs, bool hasBias)
            : base(nameof(PointwiseConv))
        {
            weight = WeightInitialization.Uniform(inputs, outputs, inputs, 1, 1);
            bias = hasBias ? WeightInitialization.Uniform(inputs, outputs) : null;
            RegisterComponents();
        }

        public override AnyTensor forward(AnyTensor input) => input.linear(weight, bias);
    }
}
