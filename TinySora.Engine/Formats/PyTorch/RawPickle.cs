using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// A tensor that was written with Python's pickle.dump instead of torch.save. The pickle contains the storage as the bytes of a file in PyTorch's legacy
/// format.
/// </summary>
internal sealed class RawPickle : IPyTorchContainer
{
    /// <summary>Name of the Python function that reads the bytes of the storage.</summary>
    public const string StorageFunction = "torch.storage._load_from_bytes";

    private readonly Stream file;

    /// <exception cref="TinySoraException">NotPyTorch, RunsCode.</exception>
    /// <exception cref="InvalidDataException">The file is corrupt.</exception>
    public RawPickle(Stream file, string path)
    {
        this.file = file;
        Root = new PickleMachine(file, path, holdsStorages: true).Load();
        if (PickledContent.Of(Root).Tensors.Count == 0)
        {
            throw WeightFileErrors.NotPyTorch(path, "it is a pickle written by another program");
        }
    }

    public object? Root { get; }

    /// <summary>Reads the storage that <see cref="StorageFunction"/> would return. Unlike other values, storages cannot be nested.</summary>
    public static PickledStorage Storage(object?[] args, string path)
    {
        if (args is not [byte[] bytes])
        {
            throw new InvalidDataException("a storage has an invalid description");
        }

        using var inner = new PyTorchLegacy(new MemoryStream(bytes), path);
        if (inner.Root is not PickledStorage storage || storage.Length > int.MaxValue)
        {
            throw new InvalidDataException("a value that must be a storage is something else");
        }

        var own = new byte[(int)storage.Length];
        inner.Read(storage.Key, 0, own);
        return storage with { Bytes = own };
    }

    public void Read(string key, long begin, Span<byte> destination) => throw new InvalidDataException($"the data '{key}' is missing");

    public void Dispose() => file.Dispose();
}
