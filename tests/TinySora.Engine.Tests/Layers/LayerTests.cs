using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class LayerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Relative_positions_fall_into_the_specified_buckets()
    {
        int[][] rows = [[0, 17, 18, 19, 20], [1, 0, 17, 18, 19], [2, 1, 0, 17, 18], [3, 2, 1, 0, 17], [4, 3, 2, 1, 0]];
        for (var query = 0; query < 5; query++)
        {
            Assert.Equal(rows[query], Enumerable.Range(0, 5).Select(key => RelativePositionBias.Bucket(query - key)));
        }

        Assert.Equal([8, 9, 12, 13, 14, 15, 15], new[] { 8, 10, 16, 20, 23, 27, 100 }.Select(RelativePositionBias.Bucket));
    }

    [Fact]
    public void Position_bias_puts_heads_first_and_queries_in_rows()
    {
        using var bias = new RelativePositionBias(heads: 3);
        var table = bias.get_parameter("relative_attention_bias.weight")!;
        var result = (Tensor)bias.forward(5, zeros(1));
        Assert.Equal([3, 5, 5], result.shape);
        Assert.Equal(table[19, 2].ToDouble(), result[2, 1, 4].ToDouble());
        Assert.Equal(table[3, 0].ToDouble(), result[0, 4, 1].ToDouble());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(40)]
    public void Rotary_embedding_rotates_adjacent_pairs_by_position_times_frequency_and_scales(int width)
    {
        var x = Noise(3, width);
        var rotation = FramePositions.CreateRotaryMatrices(6, width, ScalarType.Float32, CPU);
        var features = x.data<float>().ToArray();
        var rotated = Math.Min(32, width);
        for (var p = 0; p < 6; p++)
        {
            var turned = x.unsqueeze(0).matmul(rotation[p]).flatten().data<float>().ToArray();
            for (var i = 0; i < width; i++)
            {
                var angle = p * Math.Pow(10000, -2.0 * (i / 2) / rotated);
                var expected = i >= rotated ? features[i]
                    : i % 2 == 0 ? features[i] * Math.Cos(angle) - features[i + 1] * Math.Sin(angle)
                    : features[i] * Math.Cos(angle) + features[i - 1] * Math.Sin(angle);
                Assert.Equal(expected * Math.Pow(width, -0.25), turned[i], 1e-5);
            }
        }
    }

    [Fact]
    public void Linear_attention_equals_its_definition()
    {
        using var attention = new SpatialLinearAttention(6, heads: 2);
        SetWeights(attention);
        using var grad = no_grad();
        var x = Noise(5, 1, 2, 3, 4, 6);                                         // (B, F, H, W, C)
        var actual = attention.forward(x, null).to(ScalarType.Float64);

        var qkv = x.to(ScalarType.Float64).view(2, 12, 6)
            .matmul(attention.get_parameter("to_qkv.weight")!.to(ScalarType.Float64).view(192, 6).t());
        var outputs = new List<Tensor>();
        for (var head = 0; head < 2; head++)
        {
            var q = qkv.narrow(2, 32 * head, 32).softmax(2) * Math.Pow(32, -0.5);
            var k = qkv.narrow(2, 64 + 32 * head, 32).softmax(1);
            var v = qkv.narrow(2, 128 + 32 * head, 32);
            outputs.Add(q.matmul(k.transpose(1, 2).matmul(v)));
        }

        var expected = cat(outputs, 2).matmul(attention.get_parameter("to_out.weight")!.to(ScalarType.Float64).view(6, 64).t())
            + attention.get_parameter("to_out.bias")!.to(ScalarType.Float64);
        Assert.True((actual - expected.view(1, 2, 3, 4, 6)).Eager!.abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Convolution_folded_to_frames_equals_the_3d_one_and_its_transpose()
    {
        var x = Noise(1, 2, 3, 6, 6, 4);
        var channelsFirst = x.permute(0, 4, 1, 2, 3);
        using var down = new Conv(4, 5, kernel: 4, stride: 2, padding: 1);
        var expected = nn.functional.conv3d(
            channelsFirst, down.get_parameter("weight")!, down.get_parameter("bias"), [1, 2, 2], [0, 1, 1]);
        Assert.True(down.forward(x).permute(0, 4, 1, 2, 3).allclose(expected, 1e-4, 1e-5));

        using var up = new UpConv(4);
        expected = nn.functional.conv_transpose3d(
            channelsFirst, up.get_parameter("weight")!, up.get_parameter("bias"), [1, 2, 2], [0, 1, 1]);
        Assert.True(up.forward(x).permute(0, 4, 1, 2, 3).allclose(expected, 1e-4, 1e-5));
    }

    [Fact]
    public void RMS_norm_of_zeros_is_zero_and_has_a_gradient()
    {
        using var norm = new ModulatedNormSilu(4);
        var x = zeros([1, 1, 1, 2, 4]).requires_grad_();
        var y = norm.forward(x, null);
        y.Eager!.sum().backward();
        Assert.Equal(0, y.Eager!.abs().max().ToDouble());
        Assert.True(x.grad!.isfinite().all().ToBoolean());
    }

    [Fact]
    public void Initial_weights_match_those_of_PyTorch()
    {
        manual_seed(7);
        using var ours = new Conv(3, 5, kernel: 3);
        manual_seed(7);
        using var theirs = nn.Conv2d(3, 5, 3);
        Assert.True(ours.get_parameter("weight")!.squeeze(2).allclose(theirs.weight!, 1e-6, 1e-8));
        Assert.True(ours.get_parameter("bias")!.allclose(theirs.bias!, 1e-6, 1e-8));
    }
}
