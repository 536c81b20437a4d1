using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// What Python's pickle.dump writes of a tensor, without torch.save: the storage is in the pickle, as the bytes of a file of PyTorch's older form.
/// </summary>
internal sealed class PlainPickle : IPyTorchContainer
{
    /// <summary>The function by which Python would read these bytes.</summary>
    public const string StorageFunction = "torch.storage._load_from_bytes";

    private readonly Stream file;

    /// <exception cref="TinySoraException">NotPyTorch, RunsCode.</exception>
    /// <exception cref="InvalidDataException">Damaged in some way.</exception>
    public PlainPickle(Stream file, string path)
    {
        this.file = file;
        Root = new PickleMachine(file, path, holdsStorages: true).Load();
        if (PickledContent.Of(Root).Tensors.Count == 0)
        {
            throw WeightFileErrors.NotPyTorch(path, "it is a pickle of another program");
        }
    }

    public object? Root { get; }

    /// <summary>The storage that a call of <see cref="StorageFunction"/> gives; within its bytes there can be no other.</summary>
    public static PickledStorage Storage(object?[] args, string path)
    {
        if (args is not [byte[] bytes])
        {
            throw new InvalidDataException("a storage is described in a way that makes no sense");
        }

        using var inner = new PyTorchLegacy(new MemoryStream(bytes), path);
        if (inner.Root is not PickledStorage storage || storage.Length > int.MaxValue)
        {
            throw new InvalidDataException("what should be a storage is none");
        }

        var own = new byte[(int)storage.Length];
        inner.Read(storage.Key, 0, own);
        return storage with { Bytes = own };
    }

    public void Read(string key, long begin, Span<byte> destination) => throw new InvalidDataException($"it lacks the data '{key}'");

    public void Dispose() => file.Dispose();
}
