using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Onnx;

/// <summary>
/// An ONNX graph (opset 18), built by a forward pass over <see cref="OnnxTensor"/> values. Constants are kept as tensors until the file is written.
/// </summary>
/// <param name="model">Module whose parameter names become the names of constants.</param>
/// <param name="weightType">Element type of the stored weights. The graph always computes in float32.</param>
public sealed class OnnxGraph(nn.Module model, ScalarType weightType = ScalarType.Float32)
{
    /// <summary>
    /// A prime that represents the dynamic number of examples in shapes, so that shapes can be used in computations. Any multiple of it is a dynamic
    /// length.
    /// </summary>
    public const long Batch = 1_000_003;

    private const int IrVersion = 8;
    private const int Opset = 18;

    private readonly Dictionary<nint, string> names = model.state_dict()
        .GroupBy(item => item.Value.Handle).ToDictionary(group => group.Key, group => group.First().Key);

    private readonly ProtobufWriter nodes = new();
    private readonly ProtobufWriter ends = new();
    private readonly List<(string Name, OnnxType Type, Tensor Value)> constants = [];
    private readonly Dictionary<object, OnnxTensor> made = [];
    private readonly HashSet<string> taken = [];
    private readonly List<OnnxTensor> inputs = [];

    /// <summary>Metadata of the file, by name.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    public IReadOnlyList<OnnxTensor> Inputs => inputs;

    public OnnxTensor Input(string name, OnnxType type, params long[] shape)
    {
        inputs.Add(new OnnxTensor(this, name, type, shape));
        return End(11, inputs[^1]);
    }

    public void Output(string name, AnyTensor result)
    {
        var value = (OnnxTensor)result;
        var named = new OnnxTensor(this, name, value.Type, value.shape);
        Node("Identity", [value], [named], []);
        End(12, named);
    }

    /// <summary>Adds a parameter or buffer of the model. Each of them is stored only once in the file.</summary>
    /// <param name="arrange">Rearranges the tensor for the graph. It must be a method, or a lambda that captures only the layer.</param>
    public OnnxTensor Weight(Tensor weight, Func<Tensor, Tensor>? arrange = null) => Once((weight.Handle, arrange?.Method), () =>
    {
        using var nothing = no_grad();
        var value = arrange?.Invoke(weight) ?? weight;
        var name = names.GetValueOrDefault(weight.Handle, "weight");
        return weightType == ScalarType.Float32 || value.dtype != ScalarType.Float32
            ? Constant(value, name)
            : Constant(value.to(weightType), name).Cast(OnnxType.Float32);
    });

    /// <summary>Adds a constant that is computed immediately instead of in the graph. Equal tensors are stored once.</summary>
    public OnnxTensor Constant(Tensor value, string name = "constant") => Once((value.Handle, name), () =>
    {
        var type = value.dtype switch
        {
            ScalarType.Float32 => OnnxType.Float32,
            ScalarType.Float16 => OnnxType.Float16,
            ScalarType.BFloat16 => OnnxType.BFloat16,
            ScalarType.Int64 => OnnxType.Int64,
            ScalarType.Bool => OnnxType.Bool,
            _ => throw new NotSupportedException($"{value.dtype}"),
        };
        var unique = Unique(name);
        constants.Add((unique, type, value));
        return new OnnxTensor(this, unique, type, value.shape);
    });

    /// <summary>Adds a tensor as a value in the graph: a parameter or buffer under its name, and any other tensor as a constant.</summary>
    public OnnxTensor Value(Tensor value) => names.ContainsKey(value.Handle) ? Weight(value) : Constant(value);

    public OnnxTensor Number(double value) => Once(value, () => Constant(tensor((float)value), "number"));

    public OnnxTensor Ones(long count) => Once(("ones", count), () => Constant(ones(count), "ones"));

    public OnnxTensor Numbers(params long[] values) => Once(string.Join(",", values), () => Constant(tensor(values), "numbers"));

    public OnnxTensor Add(
        string operation, IReadOnlyList<OnnxTensor?> inputs, OnnxType type, long[] shape, params (string Name, object Value)[] attributes)
    {
        var result = new OnnxTensor(this, Unique(operation), type, shape);
        Node(operation, inputs, [result], attributes);
        return result;
    }

    /// <exception cref="TinySoraException">CannotWrite; OnnxTooLarge, because an ONNX file is limited to 2 GiB.</exception>
    public void Write(string path, bool overwrite = true) => AtomicFile.WriteStream(path, Write, WeightFileErrors.CannotWrite, overwrite);

    /// <exception cref="TinySoraException">OnnxTooLarge.</exception>
    public void Write(Stream stream)
    {
        var heads = constants.Select(constant => (Head: Head(constant), constant.Value)).ToList();
        var length = nodes.Bytes.Length + ends.Bytes.Length + heads.Sum(item => item.Head.Bytes.Length + Length(item.Value));
        if (length > int.MaxValue - (1 << 20))
        {
            throw WeightFileErrors.OnnxTooLarge(length);
        }

        var model = new ProtobufWriter();
        model.Integer(1, IrVersion);
        model.Text(2, "TinySora");
        model.Message(8, set =>
        {
            set.Text(1, "");
            set.Integer(2, Opset);
        });
        foreach (var (key, value) in Metadata)
        {
            model.Message(14, property =>
            {
                property.Text(1, key);
                property.Text(2, value);
            });
        }

        model.Head(7, length);
        stream.Write(model.Bytes);
        stream.Write(nodes.Bytes);
        stream.Write(ends.Bytes);
        foreach (var (head, value) in heads)
        {
            stream.Write(head.Bytes);
            TensorBytes.Write(value, stream.Write);
        }
    }

    private static long Length(Tensor value) => value.numel() * value.ElementSize;

    /// <summary>Writes a constant except for its bytes, which follow as its last field.</summary>
    private static ProtobufWriter Head((string Name, OnnxType Type, Tensor Value) constant)
    {
        var inner = new ProtobufWriter();
        inner.Integers(1, constant.Value.shape);
        inner.Integer(2, (int)constant.Type);
        inner.Text(8, constant.Name);
        inner.Head(9, Length(constant.Value));
        var whole = new ProtobufWriter();
        whole.Head(5, inner.Bytes.Length + Length(constant.Value));
        whole.Raw(inner.Bytes);
        return whole;
    }

    private void Node(string operation, IReadOnlyList<OnnxTensor?> inputs, IReadOnlyList<OnnxTensor> outputs, (string Name, object Value)[] attributes) =>
        nodes.Message(1, node =>
        {
            foreach (var input in inputs)
            {
                node.Text(1, input?.Name ?? "");
            }

            foreach (var output in outputs)
            {
                node.Text(2, output.Name);
            }

            node.Text(4, operation);
            foreach (var (name, value) in attributes)
            {
                node.Message(5, attribute => Attribute(attribute, name, value));
            }
        });

    private static void Attribute(ProtobufWriter attribute, string name, object value)
    {
        attribute.Text(1, name);
        switch (value)
        {
            case double number:
                attribute.Float(2, (float)number);
                attribute.Integer(20, 1);
                break;
            case long[] numbers:
                attribute.Integers(8, numbers);
                attribute.Integer(20, 7);
                break;
            default:
                attribute.Integers(3, [(long)value]);
                attribute.Integer(20, 2);
                break;
        }
    }

    /// <param name="field">Number of the field for inputs or for outputs in ONNX's graph format.</param>
    private OnnxTensor End(int field, OnnxTensor value)
    {
        taken.Add(value.Name);
        ends.Message(field, info =>
        {
            info.Text(1, value.Name);
            info.Message(2, type => type.Message(1, tensor =>
            {
                tensor.Integer(1, (int)value.Type);
                tensor.Message(2, shape =>
                {
                    foreach (var length in value.shape)
                    {
                        shape.Message(1, axis => Axis(axis, length));
                    }
                });
            }));
        });
        return value;
    }

    private static void Axis(ProtobufWriter axis, long length)
    {
        if (length % Batch == 0)
        {
            axis.Text(2, length == Batch ? "batch" : $"batch*{length / Batch}");
        }
        else
        {
            axis.Integer(1, length);
        }
    }

    private string Unique(string name)
    {
        var unique = name;
        for (var i = 1; !taken.Add(unique); i++)
        {
            unique = $"{name}_{i}";
        }

        return unique;
    }

    private OnnxTensor Once(object key, Func<OnnxTensor> make) => made.TryGetValue(key, out var there) ? there : made[key] = make();
}
