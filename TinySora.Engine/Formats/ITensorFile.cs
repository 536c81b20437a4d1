using static TorchSharp.torch;

namespace TinySora.Engine.Formats;

/// <summary>A file of named tensors, which is validated when it is opened. Tensors are read on request, and no code in the file is executed.</summary>
public interface ITensorFile : IDisposable
{
    string Path { get; }

    /// <summary>Metadata of the file, as text by name.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }
}

/// <summary>A tensor that a file describes and that is read on request.</summary>
/// <param name="read">Reads the values into a new tensor on the CPU.</param>
public sealed class StoredTensor(ScalarType type, IReadOnlyList<long> shape, Func<Tensor> read)
{
    public ScalarType Type { get; } = type;

    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>Reads the values into a new tensor on the CPU. It is not contiguous if the tensor in the file is not.</summary>
    public Tensor Read() => read();

    /// <summary>Copies the values to a tensor with the same number of elements, on any device and of any floating-point type.</summary>
    public void CopyTo(Tensor destination)
    {
        using var source = Read();
        using var shaped = source.reshape(destination.shape);
        destination.copy_(shaped);
    }

    /// <summary>Returns the tensor with its values converted to another element type.</summary>
    public StoredTensor As(ScalarType other) => other == Type ? this : new StoredTensor(other, Shape, () =>
    {
        using var source = Read();
        return source.to(other);
    });
}
