using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Tests.Layers.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

/// <summary>Every operation of networks gives the same result eagerly and in a graph.</summary>
public sealed class AnyTensorTests
{
    private static readonly float[] Levels = [0.5f, -1, 2, 3, -0.25f, 1.5f];

    internal static readonly IReadOnlyDictionary<string, Func<AnyTensor, AnyTensor>> Operations = new Dictionary<string, Func<AnyTensor, AnyTensor>>
    {
        ["+"] = x => x + x.narrow(3, 0, 1),
        ["-"] = x => tensor(Levels) - x,
        ["*"] = x => x * tensor(Levels),
        ["/"] = x => x / tensor(Levels),
        ["+ - * / (numbers)"] = x => (1 + (((x * 3) - 2) / 4)) + 0.5,
        ["eq logical_not to"] = x =>
        {
            var whole = x.round().to(ScalarType.Int64);
            var zero = whole.eq(tensor(0L));
            return (zero | whole.eq(tensor(1L))).logical_not().to(ScalarType.Float32);
        },
        ["floor_divide"] = x => (x.square() * 10).to(ScalarType.Int64).floor_divide(tensor(new[] { 1L, 2, 3, 4, 5, 6 })).to(ScalarType.Float32),
        ["cat"] = x => AnyTensor.cat([x, ones(2, 3, 5, 1)], -1),
        ["stack"] = x => AnyTensor.stack([x, x * 2], 2),
        ["where"] = x => AnyTensor.where(x.round().to(ScalarType.Int64).eq(tensor(0L)), tensor(Levels), x),
        ["masked_fill"] = x => x.masked_fill(tensor(Levels).gt(0), 7),
        ["matmul"] = x => x.matmul(x.transpose(-2, -1)),
        ["matmul (with a constant)"] = x => ((AnyTensor)arange(60, ScalarType.Float32).reshape(10, 6).cos()).matmul(x.transpose(2, 3)),
        ["reshape"] = x => x.reshape(-1, 15, 6),
        ["flatten unflatten"] = x => x.flatten(1, 2).unflatten(-1, 2, 3).unflatten(1, 5, 3),
        ["flatten (to the end)"] = x => x.flatten(2),
        ["unsqueeze squeeze"] = x => x.unsqueeze(-1).unsqueeze(1).squeeze(-1),
        ["expand"] = x => x.narrow(1, 0, 1).expand(-1, 4, -1, -1),
        ["repeat"] = x => x.repeat(1, 2, 1, 3),
        ["permute transpose"] = x => x.permute(0, 3, 1, 2).transpose(1, -1),
        ["narrow select"] = x => x.narrow(-1, 2, 3).select(1, 2),
        ["chunk"] = x => x.chunk(3, -1)[2],
        ["unbind"] = x => x.unbind(2)[4],
        ["pad"] = x => x.pad(1, 2, 0, 3),
        ["sum"] = x => x.sum(1),
        ["sum (keepdim)"] = x => x.sum(-1, keepdim: true),
        ["mean"] = x => x.mean(2),
        ["norm"] = x => x.norm(),
        ["softmax"] = x => x.softmax(1),
        ["argmax"] = x => x.argmax(-1).to(ScalarType.Float32),
        ["clamp_min clamp"] = x => x.clamp_min(-0.5).clamp(-0.2, 0.4),
        ["relu"] = x => x.relu(),
        ["leaky_relu"] = x => x.leaky_relu(0.2),
        ["silu"] = x => x.silu(),
        ["gelu"] = x => x.gelu(),
        ["sigmoid"] = x => x.sigmoid(),
        ["tanh"] = x => x.tanh(),
        ["exp"] = x => x.exp(),
        ["sin cos"] = x => x.sin() + (x * 2).cos(),
        ["square rsqrt reciprocal"] = x => (x.square() + 1).rsqrt() + (x.square() + 2).reciprocal(),
        ["softplus"] = x => x.softplus(),
        ["round"] = x => (x * 4).round(),
        ["embedding"] = x => x.square().clamp(0, 2).to(ScalarType.Int64).embedding(arange(12, ScalarType.Float32).reshape(3, 4).sin()),
        ["rms_norm"] = x => x.rms_norm(1e-5),
        ["layer_norm"] = x => x.layer_norm(null, null, 1e-5),
        ["layer_norm (weights)"] = x => x.layer_norm(tensor(Levels), tensor(Levels) * 2, 1e-5),
        ["group_norm"] = x => x.unsqueeze(1).group_norm(2, tensor(Levels), tensor(Levels) * 2, 1e-5),
        ["linear"] = x => x.linear(Weight(4, 6), Weight(4)),
        ["linear (of a computed weight)"] = x => x.linear(arange(24, ScalarType.Float32).reshape(4, 6).sin()),
        ["linear_split"] = x => x.linear_split(Weight(5, 6), 2, 3)[1],
        ["conv"] = x => x.unsqueeze(1).conv(Weight(4, 6, 1, 3, 3), Weight(4), Axis.Single, Axis.Symmetric(3, 2, 1)),
        ["conv (in time)"] = x => x.unsqueeze(1).conv(Weight(4, 6, 3, 3, 3), null, Axis.Same(3, 1), Axis.Same(3, 1)),
        ["conv_transpose"] = x => x.unsqueeze(1).conv_transpose(Weight(6, 4, 1, 4, 4), Weight(4), Axis.Single, UpConv.Double),
        ["depthwise_conv"] = x => x.unsqueeze(1).depthwise_conv(Weight(6, 1, 3, 3, 3), Weight(6)),
        ["causal_conv"] = x => x.flatten(1, 2).causal_conv(Weight(6, 1, 4), Weight(6)),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Eager_and_graph_results_agree(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var empty = nn.Identity();
        var x = OnnxNetwork.Noise(1, 2, 3, 5, 6);
        OnnxNetwork.Equal(
            empty, graph => graph.Output("y", Operations[name](graph.Input("x", OnnxType.Float32, [OnnxGraph.Batch, .. x.shape[1..]]))),
            [("x", x)], ("y", (Tensor)Operations[name](x)));
    }

    [Fact]
    public void Every_operation_is_covered()
    {
        string[] others = ["ToComputeType", "ToFloat32", "Constant", "Prepare", "type_as", "view_as"]; // of which networks' own graphs are tests
        string[] fused = ["NormSilu", "CanAttendOverFrames", "AttendOverFrames", "AttendLinearly", "Differentiable", "Rows"]; // not for graphs
        var operations = typeof(AnyTensor).GetMethods().Where(method => method.DeclaringType == typeof(AnyTensor) && !method.IsSpecialName);
        Assert.Empty(operations.Select(method => method.Name).Except(Operations.Keys.SelectMany(key => key.Split(' '))).Except(others).Except(fused));
    }

    private static Parameter Weight(params long[] shape) => new(OnnxNetwork.Noise(3, shape) * 0.5);
}
