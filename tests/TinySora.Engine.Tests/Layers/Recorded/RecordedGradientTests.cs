using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers.Recorded;

/// <summary>Recorded backward passes give the same gradients as autograd.</summary>
public sealed class RecordedGradientTests
{
    private const double Tolerance = 1e-5;

    private static readonly Dictionary<string, (long[][] Weights, Func<AnyTensor, Parameter[], AnyTensor> Apply)> Operations = new()
    {
        ["sum of broadcast values"] = ([[6], [5, 1]], (x, w) => x + w[0] + (w[1] + x)),
        ["difference"] = ([[6]], (x, w) => w[0] - (x - w[0])),
        ["product"] = ([[6], [3, 1, 1]], (x, w) => x * w[0] * w[1] * x),
        ["quotient"] = ([[6]], (x, w) => x / ((AnyTensor)w[0] * x + 3)),
        ["numbers"] = ([], (x, _) => (((x * 3) - 2) / 4) + 0.5),
        ["silu gelu"] = ([], (x, _) => x.silu() + (x * 2).gelu()),
        ["sin cos square rsqrt"] = ([], (x, _) => x.sin() + x.cos() + (x.square() + 1).rsqrt()),
        ["views"] = ([], (x, _) => x.permute(3, 1, 0, 2).narrow(0, 1, 4).transpose(0, 2).flatten(1, 2).reshape(-1, 5) * 2),
        ["cat repeat expand pad"] = ([[6]], (x, w) =>
            AnyTensor.cat([x.repeat(1, 1, 2, 1), x.narrow(2, 1, 1).expand(-1, -1, 3, -1), x.pad(0, 0, 1, 1) * w[0]], 2)),
        ["linear"] = ([[17, 6], [17]], (x, w) => x.linear(w[0], w[1])),
        ["linear of many rows"] = ([[33, 6]], (x, w) => x.repeat(20, 1, 1, 1).linear(w[0], null)),
        ["weight that is used twice"] = ([[6, 6]], (x, w) => x.linear(w[0], null).silu().linear(w[0], null)),
        ["matmul"] = ([[6, 4]], (x, w) => x.transpose(-1, -2).matmul(x).matmul(w[0])),
        ["matmul of one left matrix and many right ones"] = ([[7, 5]], (x, w) =>
            (x.narrow(0, 0, 1).narrow(1, 0, 1).narrow(2, 0, 1).narrow(3, 0, 1).reshape(1, 1) * w[0]).matmul(x)),
        ["layer_norm"] = ([[6], [6]], (x, w) => x.layer_norm(w[0], w[1], 1e-5)),
        ["layer_norm with a gain"] = ([[1, 6, 1, 1, 1]], (x, w) => x.repeat(4, 1, 1, 3).narrow(3, 0, 6).layer_norm(w[0].flatten(), null, 1e-5)),
        ["embedding masked_fill logical_not"] = ([[5, 6]], (x, w) => x.masked_fill(x.Constant(tensor(new[] { true, false, false, true, false, true })), 3)
            + x.Constant(tensor(new[] { 3L, 0, 3, 1, 4 })).embedding(w[0])
            + x.Constant(tensor(new[] { true, false, false, true, false, true })).logical_not().to(ScalarType.Float32)),
        ["softmax"] = ([[6]], (x, w) => (x * 3).softmax(1) * w[0] + (x * w[0]).softmax(-1)),
        ["NormSilu"] = ([[6, 1, 1, 1], [12, 6]], (x, w) =>
            x.unsqueeze(1).NormSilu(w[0], x.narrow(1, 0, 1).narrow(2, 0, 1).reshape(2, 1, 6).linear(w[1], null), x.unsqueeze(1))),
        ["AttendOverFrames"] = ([[2, 3, 3]], (x, w) => x.repeat(1, 1, 1, 16).AttendOverFrames(OnnxNetwork.Noise(5, 3, 16), w[0])),
        ["AttendLinearly"] = ([], (x, _) => x.flatten(0, 1).repeat(1, 1, 32).AttendLinearly(2)),
        ["Rows"] = ([[7, 6]], (x, w) => x + x.Rows(w[0], [3, 1, 3, 0, 6]).reshape(5, 6)),
        ["convolution"] = ([[4, 6, 1, 3, 3], [4]], (x, w) => x.unsqueeze(1).conv(w[0], w[1], Axis.Single, Axis.Symmetric(3, 1, 1))),
        ["convolution that halves"] = ([[24, 32, 1, 4, 4], [24]], (x, w) => Wide(x).conv(w[0], w[1], Axis.Single, Axis.Symmetric(4, 2, 1))),
        ["convolution by Winograd's algorithm"] = ([[24, 32, 1, 3, 3], [24]], (x, w) => Wide(x).conv(w[0], w[1], Axis.Single, Axis.Symmetric(3, 1, 1))),
        ["doubling convolution"] = ([[6, 4, 1, 4, 4], [4]], (x, w) => x.unsqueeze(1).conv_transpose(w[0], w[1], Axis.Single, UpConv.Double)),
        ["doubling convolution by Winograd's algorithm"] = ([[32, 16, 1, 4, 4], [16]], (x, w) =>
            Wide(x).conv_transpose(w[0], w[1], Axis.Single, UpConv.Double)),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Recorded_gradients_equal_those_of_autograd(string name)
    {
        using var scope = NewDisposeScope();
        var (shapes, apply) = Operations[name];
        Parameter[] weights = [.. shapes.Select(Weight)];
        using var model = new Weights(weights.Length == 0 ? [Weight([1])] : weights);
        using var flat = new FlatParameters(model);
        var x = OnnxNetwork.Noise(1, 2, 3, 5, 6).requires_grad_();
        var expected = (Tensor)apply(x, weights);
        var gradient = OnnxNetwork.Noise(2, expected.shape);
        expected.backward([gradient]);
        var gradients = weights.Select(weight => weight.grad!.clone()).ToList();

        flat.Gradients.fill_(double.NaN);
        var recording = new Recording(new RecordedWeights(weights, flat.Values, flat.Gradients));
        var input = recording.Input(ScalarType.Float32, x.shape);
        input.Storage.NeedsGradient = true;
        using var program = new RecordedBatch(recording.CompileWithGradients([input], (RecordedTensor)apply(input, weights), [input]));
        for (var pass = 0; pass < 2; pass++)
        {
            Near(expected.detach(), program.Run(x.detach()), name);
            Near(x.grad!, program.RunBackward(gradient)[0], "gradient of x");
            foreach (var (weight, view) in gradients.Zip(flat.Views(flat.Gradients)))
            {
                Near(weight, view.View, $"gradient of {view.Name}");
            }
        }
    }

    private static void Near(Tensor expected, Tensor actual, string name) =>
        OnnxNetwork.Near(expected, actual, name, Tolerance * Math.Max(1, expected.abs().max().ToDouble()));

    /// <returns>(2, 3, 8, 8, 32).</returns>
    private static AnyTensor Wide(AnyTensor x) => x.narrow(2, 0, 4).repeat(1, 1, 2, 6).narrow(3, 0, 32).unsqueeze(3).repeat(1, 1, 1, 8, 1);

    private static Parameter Weight(long[] shape)
    {
        var values = OnnxNetwork.Noise(3 + shape.Length, shape) * 0.5;
        return shape.Length < 5 || shape[0] == 1 ? new(values) : new(values.permute(0, 3, 4, 2, 1).contiguous().permute(0, 4, 3, 1, 2));
    }

    private sealed class Weights : nn.Module
    {
        public Weights(Parameter[] weights)
            : base(nameof(Weights))
        {
            for (var i = 0; i < weights.Length; i++)
            {
                register_parameter($"w{i}", weights[i]);
            }
        }
    }
}
