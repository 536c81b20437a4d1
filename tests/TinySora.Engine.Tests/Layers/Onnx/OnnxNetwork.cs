using Microsoft.ML.OnnxRuntime;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers.Onnx;

/// <summary>A graph in ONNX Runtime, which shares no code with the exporter.</summary>
internal sealed class OnnxNetwork : IDisposable
{
    private readonly InferenceSession session;

    public OnnxNetwork(string path) => session = new InferenceSession(path);

    public IReadOnlyDictionary<string, string> Metadata => session.ModelMetadata.CustomMetadataMap;

    /// <summary>The maximum allowed difference between a graph's results and ours.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Exports a network with random weights and compares both results for the same inputs.</summary>
    public static void Equal(nn.Module model, Action<OnnxGraph> write, (string Name, Tensor Value)[] inputs, params (string Name, Tensor Value)[] expected)
    {
        using var folder = new TemporaryFolder();
        var graph = new OnnxGraph(model);
        write(graph);
        graph.Write(folder.File("x.onnx"));
        using var network = new OnnxNetwork(folder.File("x.onnx"));
        foreach (var (name, value) in expected)
        {
            Near(value, network.Run(name, inputs), name);
        }
    }

    /// <summary>Returns a text's token numbers as the input of a graph, padded with zeros.</summary>
    public static Tensor Padded(int[] ids) => tensor(ids.Select(id => (long)id).Concat(new long[WordTokenizer.MaxLength]).Take(WordTokenizer.MaxLength).ToArray());

    public static void Near(Tensor expected, Tensor actual, string name = "result", double tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var wide = expected.to(ScalarType.Float32);
        Assert.True(wide.std().ToDouble() > 0.01, $"{name} shows nothing: {wide.std().ToDouble()}.");
        var distance = (wide - actual).abs().max().ToDouble();
        Assert.True(distance <= tolerance, $"{name} is {distance} away, where {tolerance} is allowed and the deviation {wide.std().ToDouble()}.");
    }

    /// <summary>Randomizes the weights, because zeros in a new network would hide errors in what follows them.</summary>
    public static T Shaken<T>(T model)
        where T : nn.Module
    {
        using var nothing = no_grad();
        using var generator = new Generator(7, CPU);
        foreach (var weight in model.parameters())
        {
            var noise = randn(weight.shape, ScalarType.Float32, CPU, generator: generator);
            if (weight.shape.Count(length => length > 1) > 1)
            {
                weight.copy_(noise * Math.Pow(weight.numel() / (double)weight.shape[0], -0.5));
            }
            else
            {
                var middle = weight.eq(1).all().ToBoolean() ? 1 : 0; // one for a norm's gains, zero for biases
                weight.copy_((noise * 0.1) + middle);
            }
        }

        foreach (var statistic in model.named_buffers().Where(buffer => buffer.name.Contains("running_", StringComparison.Ordinal)))
        {
            statistic.buffer.add_(randn(statistic.buffer.shape, ScalarType.Float32, CPU, generator: generator).abs() * 0.3);
        }

        model.eval();
        return model;
    }

    public static Tensor Noise(long seed, params long[] shape) => randn(shape, ScalarType.Float32, CPU, generator: new Generator((ulong)seed, CPU));

    public Tensor Run(string output, params (string Name, Tensor Value)[] inputs)
    {
        var values = inputs.ToDictionary(input => input.Name, input => Value(input.Value));
        using var options = new RunOptions();
        using var results = session.Run(options, values, [output]);
        var shape = results[0].GetTensorTypeAndShape();
        return shape.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64
            ? tensor(results[0].GetTensorDataAsSpan<long>().ToArray(), shape.Shape).to(ScalarType.Float32)
            : tensor(results[0].GetTensorDataAsSpan<float>().ToArray(), shape.Shape);
    }

    /// <summary>Returns names and sizes of the graph's inputs, without the batch dimension.</summary>
    public string Inputs => string.Join(", ", session.InputMetadata.Select(input => $"{input.Key} {string.Join(" ", input.Value.Dimensions.Skip(1))}"));

    /// <summary>Runs the graph on one example of zeros.</summary>
    public Tensor OfZeros(string output) => Run(output, [.. session.InputMetadata.Select(input => (input.Key, zeros(
        [1, .. input.Value.Dimensions.Skip(1).Select(length => (long)length)],
        input.Value.ElementType == typeof(long) ? ScalarType.Int64 : input.Value.ElementType == typeof(bool) ? ScalarType.Bool : ScalarType.Float32)))]);

    public void Dispose() => session.Dispose();

    private static OrtValue Value(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Int64 => OrtValue.CreateTensorValueFromMemory(tensor.contiguous().data<long>().ToArray(), tensor.shape),
        ScalarType.Bool => OrtValue.CreateTensorValueFromMemory(tensor.contiguous().data<bool>().ToArray(), tensor.shape),
        _ => OrtValue.CreateTensorValueFromMemory(tensor.contiguous().data<float>().ToArray(), tensor.shape),
    };
}
