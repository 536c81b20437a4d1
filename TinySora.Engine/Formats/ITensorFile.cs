using static TorchSharp.torch;

namespace TinySora.Engine.Formats;

/// <summary>A file of named tensors, checked when it is opened and read later. Nothing in it is executed.</summary>
public interface ITensorFile : IDisposable
{
    string Path { get; }

    /// <summary>What the file says besides its tensors, as text by name.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }
}

/// <summary>A tensor described by its file and read when it is asked for.</summary>
/// <param name="read">Makes a new tensor on the CPU.</param>
public sealed class StoredTensor(ScalarType type, IReadOnlyList<long> shape, Func<Tensor> read)
{
    public ScalarType Type { get; } = type;

    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>A new tensor on the CPU; not contiguous where the file's is not.</summary>
    public Tensor Read() => read();

    /// <summary>Fills a tensor of the same number of elements, on any device and of any floating type.</summary>
    public void CopyTo(Tensor destination)
    {
        using var source = Read();
        using var shaped = source.reshape(destination.shape);
        destination.copy_(shaped);
    }

    /// <summary>The tensor with its numbers converted to another element type.</summary>
    public StoredTensor As(ScalarType other) => other == Type ? this : new StoredTensor(other, Shape, () =>
    {
        using var source = Read();
        return source.to(other);
    });
}
