using System.Buffers.Binary;
using System.Text;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>An argparse.Namespace to write.</summary>
public sealed record PythonNamespace(IReadOnlyDictionary<string, object> Attributes);

/// <summary>
/// Writes pickles in protocol 2, which every PyTorch version reads. Supported values are dictionaries, lists, text, numbers, booleans, tensors (as
/// references to storages next to the pickle), and argparse.Namespace. PyTorch's weights_only allows all of these except argparse.Namespace.
/// </summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream output = new();
    private readonly List<StoredTensor> tensors = [];

    private PickleWriter()
    {
    }

    /// <returns>The pickle, and the tensors that contain the data for its storages 0, 1, ...</returns>
    /// <exception cref="ArgumentException">A value has an unsupported type.</exception>
    public static (byte[] Pickle, IReadOnlyList<StoredTensor> Tensors) Write(IReadOnlyDictionary<string, object> root)
    {
        var writer = new PickleWriter();
        writer.Put(PickleOpcode.Proto);
        writer.output.WriteByte(2);
        writer.Dictionary(root);
        writer.Put(PickleOpcode.Stop);
        return (writer.output.ToArray(), writer.tensors);
    }

    private void Value(object value)
    {
        switch (value)
        {
            case IReadOnlyDictionary<string, object> dictionary: Dictionary(dictionary); break;
            case IReadOnlyList<int> numbers: List(numbers); break;
            case PythonNamespace space: Namespace(space); break;
            case DBNull: Put(PickleOpcode.None); break;
            case StoredTensor tensor: Tensor(tensor); break;
            case string text: Text(text); break;
            case bool flag: Put(flag ? PickleOpcode.True : PickleOpcode.False); break;
            case int number: Integer(number); break;
            case long number: Integer(number); break;
            case double number:
                Put(PickleOpcode.Float);
                Span<byte> bytes = stackalloc byte[sizeof(double)];
                BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
                output.Write(bytes);
                break;
            default: throw new ArgumentException($"A {value.GetType().Name} cannot be written to a PyTorch file.");
        }
    }

    private void Dictionary(IReadOnlyDictionary<string, object> items)
    {
        Put(PickleOpcode.EmptyDictionary);
        Put(PickleOpcode.Mark);
        foreach (var (key, value) in items)
        {
            Text(key);
            Value(value);
        }

        Put(PickleOpcode.SetItems);
    }

    private void List(IReadOnlyList<int> numbers)
    {
        Put(PickleOpcode.EmptyList);
        Put(PickleOpcode.Mark);
        foreach (var number in numbers)
        {
            Integer(number);
        }

        Put(PickleOpcode.Appends);
    }

    /// <summary>Writes an object that is created without calling its constructor and then filled.</summary>
    private void Namespace(PythonNamespace space)
    {
        Global("argparse", "Namespace");
        Put(PickleOpcode.EmptyTuple);
        Put(PickleOpcode.NewObject);
        Dictionary(space.Attributes);
        Put(PickleOpcode.Build);
    }

    /// <summary>Writes <c>_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)</c>.</summary>
    private void Tensor(StoredTensor tensor)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Put(PickleOpcode.Mark);
        Storage(tensor);
        Integer(0);
        Integers(tensor.Shape);
        Integers(RowMajor(tensor.Shape));
        Put(PickleOpcode.False);
        Global("collections", "OrderedDict");
        Put(PickleOpcode.EmptyTuple);
        Put(PickleOpcode.Reduce);
        Put(PickleOpcode.Tuple);
        Put(PickleOpcode.Reduce);
    }

    private void Storage(StoredTensor tensor)
    {
        Put(PickleOpcode.Mark);
        Text("storage");
        Global("torch", PickleGlobals.StorageTypes.First(type => type.Value == tensor.Type).Key + "Storage");
        Text(tensors.Count.ToString());
        Text("cpu");
        Integer(tensor.Shape.Aggregate(1L, (product, size) => product * size));
        Put(PickleOpcode.Tuple);
        Put(PickleOpcode.PersistentId);
        tensors.Add(tensor);
    }

    private void Integers(IEnumerable<long> numbers)
    {
        Put(PickleOpcode.Mark);
        foreach (var number in numbers)
        {
            Integer(number);
        }

        Put(PickleOpcode.Tuple);
    }

    private void Integer(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            Put(PickleOpcode.Int);
            output.Write(bytes[..sizeof(int)]);
        }
        else
        {
            Put(PickleOpcode.Long1);
            output.WriteByte(sizeof(long));
            output.Write(bytes);
        }
    }

    private void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Put(PickleOpcode.Unicode);
        output.Write(length);
        output.Write(bytes);
    }

    private void Global(string module, string name)
    {
        Put(PickleOpcode.Global);
        output.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    private void Put(PickleOpcode opcode) => output.WriteByte((byte)opcode);

    private static IEnumerable<long> RowMajor(IReadOnlyList<long> shape) =>
        shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (product, size) => product * Math.Max(size, 1)));
}
