using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Tests.Layers.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Storage = TinySora.Engine.Layers.Recorded.Storage;

namespace TinySora.Engine.Tests.Layers.Recorded;

/// <summary>Replayed programs give the same results as eager operations.</summary>
public sealed class RecordedTensorTests
{
    private const double Tolerance = 1e-6;

    /// <summary>Operations that cannot be recorded. A network that uses one of them is computed eagerly.</summary>
    private static readonly string[] Refused =
    [
        "eq logical_not to", "floor_divide", "where", "sum", "sum (keepdim)", "mean", "norm", "argmax", "clamp_min clamp", "relu",
        "leaky_relu", "sigmoid", "tanh", "exp", "square rsqrt reciprocal", "softplus", "round", "embedding", "rms_norm", "group_norm", "conv (in time)",
        "depthwise_conv", "causal_conv",
    ];

    /// <summary>Operations that networks' graphs do not have, and sizes for which programs call other kernels.</summary>
    private static readonly Dictionary<string, Func<AnyTensor, AnyTensor>> More = new()
    {
        ["squares"] = x => (x.square() + 1).rsqrt(),
        ["views of views"] = x => x.permute(3, 1, 0, 2).narrow(0, 1, 4).transpose(0, 2).flatten(1, 2).reshape(-1, 5) * 2,
        ["repeat an expanded view"] = x => x.narrow(2, 0, 1).expand(-1, -1, 4, -1).repeat(1, 1, 2, 1) + 1,
        ["copy of seven axes"] = x => x.reshape(2, 3, 5, 1, 6).repeat(1, 1, 1, 4, 1).reshape(2, 3, 5, 2, 2, 2, 3).permute(0, 6, 2, 5, 1, 4, 3).reshape(60, 12),
        ["product with few columns"] = x => x.linear(Weight(1, 6), Weight(1)),
        ["product with many rows and columns"] = x => x.repeat(20, 1, 1, 1).reshape(4, 150, 6).linear(Weight(70, 6), null),
        ["product of transposed matrices"] = x => x.transpose(-1, -2).matmul(x),
        ["product of views with gaps"] = x => x.permute(1, 3, 0, 2).narrow(1, 0, 4).matmul(x.permute(1, 3, 2, 0).narrow(1, 1, 4)),
        ["long product"] = x => x.repeat(1, 1, 1, 100).linear(Weight(33, 600), Weight(33)),
        ["1 x 1 convolution"] = x => x.unsqueeze(1).conv(Weight(4, 6, 1, 1, 1), null, Axis.Single, Axis.Single),
        ["4 x 4 convolution that halves"] = x =>
            x.narrow(2, 0, 4).narrow(3, 0, 4).unsqueeze(-1).conv(Weight(3, 1, 1, 4, 4), Weight(3), Axis.Single, Axis.Symmetric(4, 2, 1)),
        ["3 x 3 convolution by Winograd's algorithm"] = x => Wide(x).conv(Weight(24, 32, 1, 3, 3), Weight(24), Axis.Single, Axis.Symmetric(3, 1, 1)),
        ["3 x 3 convolution of a Conv2d"] = x => Wide(x).conv(ChannelsLast(16, 32, 3, 3), null, Axis.Single, Axis.Symmetric(3, 1, 1)),
        ["doubling by Winograd's algorithm"] = x => Wide(x).conv_transpose(Weight(32, 16, 1, 4, 4), Weight(16), Axis.Single, UpConv.Double),
        ["NormSilu"] = x => x.unsqueeze(1).NormSilu(Weight(6), null, null),
        ["NormSilu (with a condition)"] = x =>
            x.unsqueeze(1).NormSilu(Weight(6), x.narrow(1, 0, 1).narrow(2, 0, 1).repeat(1, 1, 1, 2).flatten(2), x.unsqueeze(1)),
        ["AttendOverFrames"] = x => x.repeat(1, 1, 1, 16).AttendOverFrames(Weight(3, 16), Weight(2, 3, 3)),
        ["AttendLinearly"] = x => x.flatten(0, 1).repeat(1, 1, 32).AttendLinearly(2),
    };

    public static TheoryData<string> Names => [.. AnyTensorTests.Operations.Keys.Except(Refused).Concat(More.Keys)];

    public static TheoryData<string> RefusedNames => [.. Refused];

    [Theory]
    [MemberData(nameof(Names))]
    public void Recorded_and_eager_results_agree(string name)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        manual_seed(1);
        var operation = More.GetValueOrDefault(name) ?? AnyTensorTests.Operations[name];
        var recording = new Recording();
        var input = recording.Input(ScalarType.Float32, 2, 3, 5, 6);
        using var program = new RecordedBatch(recording.Compile([input], (RecordedTensor)operation(input)));
        foreach (var seed in new[] { 1, 2 })
        {
            var x = OnnxNetwork.Noise(seed, 2, 3, 5, 6);
            var expected = (Tensor)operation(x);
            OnnxNetwork.Near(expected, program.Run(x), name, Tolerance * Math.Max(1, expected.abs().max().ToDouble()));
        }
    }

    [Theory]
    [MemberData(nameof(RefusedNames))]
    public void Other_operations_are_refused(string name)
    {
        using var scope = NewDisposeScope();
        var input = new Recording().Input(ScalarType.Float32, 2, 3, 5, 6);
        Assert.Throws<NotSupportedException>(() => AnyTensorTests.Operations[name](input));
    }

    [Fact]
    public void Memory_of_results_that_are_no_longer_needed_is_reused()
    {
        var storages = Enumerable.Range(0, 10).Select(i =>
        {
            var storage = new Storage(100);
            storage.Use(i);
            storage.Use(i + 1);
            return storage;
        }).ToList();
        var (offsets, size) = MemoryPlan.Create(storages);
        Assert.InRange(size, 200, 300);
        Assert.All(storages.Zip(storages.Skip(1)), pair => Assert.True(Math.Abs(offsets[pair.First] - offsets[pair.Second]) >= 100));
    }

    [Fact]
    public void Kernel_that_rejects_its_arguments_is_named()
    {
        using var scope = NewDisposeScope();
        var recording = new Recording();
        var input = recording.Input(ScalarType.Float32, 2, 3);
        var result = recording.Result([2, 4]);
        recording.Call("copy", [input, result]);
        using var program = new RecordedBatch(recording.Compile([input], result));
        Assert.StartsWith("copy: ", Assert.Throws<InvalidOperationException>(() => program.Run(zeros(2, 3))).Message, StringComparison.Ordinal);
    }

    /// <returns>(2, 3, 8, 8, 32).</returns>
    private static AnyTensor Wide(AnyTensor x) => x.narrow(2, 0, 4).repeat(1, 1, 2, 6).narrow(3, 0, 32).unsqueeze(3).repeat(1, 1, 1, 8, 1);

    private static Parameter Weight(params long[] shape) => new(OnnxNetwork.Noise(3, shape) * 0.5);

    private static Parameter ChannelsLast(params long[] shape) =>
        new((OnnxNetwork.Noise(3, shape[0], shape[2], shape[3], shape[1]) * 0.1).permute(0, 3, 1, 2));
}
