using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>A PyTorch file in any of its formats: an object, and the bytes of its storages by key.</summary>
internal interface IPyTorchContainer : IDisposable
{
    /// <summary>The saved object, as read by <see cref="PickleMachine"/>. All storages that it refers to are complete.</summary>
    object? Root { get; }

    /// <param name="key">Key of a storage.</param>
    /// <param name="begin">Offset of the first byte in the storage.</param>
    /// <exception cref="InvalidDataException">Compressed bytes are corrupt.</exception>
    void Read(string key, long begin, Span<byte> destination);
}

/// <summary>
/// A file written by torch.save, with tensors and plain data, in either of PyTorch's formats. A tensor's name consists of the keys that lead to it, joined
/// by dots, such as <c>model.denoise_fn.init_conv.weight</c>. Reading executes no code and rejects anything other than data.
/// </summary>
public sealed class PyTorchFile : ITensorFile
{
    private const int StartLength = 4;

    private readonly IPyTorchContainer container;
    private readonly SafeFileHandle handle;
    private readonly DateTime modified;

    private PyTorchFile(string path, FileStream stream)
    {
        Path = path;
        handle = stream.SafeFileHandle;
        modified = File.GetLastWriteTimeUtc(handle);
        container = OpenContainer(stream, path);
        var content = PickledContent.Of(container.Root);
        if (content.Tensors.Count == 0 && content.Problem is string problem)
        {
            throw new InvalidDataException(problem);
        }

        Metadata = content.Texts.Where(item => !content.IsDuplicate(item.Key)).ToDictionary();
        Tensors = content.Tensors.ToDictionary(item => item.Key, item => new StoredTensor(
            item.Value.Storage.Type, item.Value.Shape, () => Read(item.Key, item.Value, content.IsDuplicate(item.Key))));
    }

    public string Path { get; }

    /// <summary>Numbers, texts and booleans, named like tensors. Numbers are formatted in the invariant culture.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens and validates a file. Its tensors are read later.</summary>
    /// <exception cref="TinySoraException">NotPyTorch, OldPyTorch, RunsCode, Damaged, CannotRead.</exception>
    public static PyTorchFile Open(string path) => Guard(path, () =>
    {
        var stream = BusyFile.Open(path, followsLink: true);
        return OnFailure.Dispose(stream, () => new PyTorchFile(path, stream));
    });

    /// <summary>Returns whether a file begins like a file written by torch.save.</summary>
    /// <exception cref="TinySoraException">CannotRead.</exception>
    public static bool IsOne(string path) => Guard(path, () =>
    {
        using var stream = BusyFile.Open(path, followsLink: true);
        Span<byte> start = stackalloc byte[StartLength];
        return IsStart(start[..stream.ReadAtLeast(start, StartLength, throwOnEndOfStream: false)]);
    });

    /// <summary>
    /// Returns whether the first bytes of a file are like those of a file written by torch.save: a zip archive or, until 2020, a pickle in one of five
    /// protocols.
    /// </summary>
    internal static bool IsStart(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK\u0003\u0004"u8) || (start.Length > 1 && start[0] == 0x80 && start[1] is >= 1 and <= 5);

    /// <summary>
    /// Writes a file that torch.load can read in PyTorch 1.6 and later. The file appears at <paramref name="path"/> complete or not at all; see
    /// <see cref="AtomicFile"/>.
    /// </summary>
    /// <param name="root">
    /// Values are <see cref="StoredTensor"/>, string, int, long, double, bool, lists of int, <see cref="DBNull"/> (None), dictionaries of them, or
    /// <see cref="PythonNamespace"/>.
    /// </param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">NameTaken; CannotWrite, for example on a full disk.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, object> root, bool overwrite = true, CancellationToken cancellationToken = default)
    {
        var (pickle, tensors) = PickleWriter.Write(root);
        AtomicFile.WriteStream(path, stream =>
        {
            var archive = new AlignedZipWriter(stream);
            archive.Add("archive/data.pkl", pickle.Length, sink => sink(pickle));
            archive.Add("archive/byteorder", 6, sink => sink("little"u8));
            for (var i = 0; i < tensors.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var tensor = tensors[i].Read();
                archive.Add($"archive/data/{i}", tensor.numel() * tensor.ElementSize, sink => TensorBytes.Write(tensor, sink));
            }

            archive.Add("archive/version", 2, sink => sink("3\n"u8));
            archive.Finish();
        }, WeightFileErrors.CannotWrite, overwrite);
    }

    public void Dispose() => container.Dispose();

    private static IPyTorchContainer OpenContainer(FileStream stream, string path)
    {
        Span<byte> start = stackalloc byte[262];
        var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return start.StartsWith("PK"u8) ? new PyTorchZip(stream, path)
            : PyTorchLegacy.IsStart(start) ? new PyTorchLegacy(stream, path)
            : start[0] == (byte)PickleOpcode.Proto ? new RawPickle(stream, path)
            : start[257..].SequenceEqual("ustar"u8) ? throw WeightFileErrors.OldPyTorch(path)
            : throw WeightFileErrors.NotPyTorch(path, length == 0 ? "it is empty" : "it is neither a zip archive nor a pickle");
    }

    private Tensor Read(string name, PickledTensor stored, bool isDoubled) => Guard(Path, () =>
    {
        if (isDoubled || stored.Storage.Unsupported is not null)
        {
            throw isDoubled ? new InvalidDataException(PickledContent.DoubledName(name))
                : WeightFileErrors.UnsupportedType(Path, name, stored.Storage.Unsupported!);
        }

        using var scope = NewDisposeScope();
        var storage = stored.Storage;
        var elements = empty([stored.Span], storage.Type);
        var position = stored.Offset * storage.ElementSize;
        foreach (var chunk in TensorBytes.Chunks(elements))
        {
            var bytes = chunk.bytes;
            if (storage.Bytes is { } own)
            {
                own.AsSpan((int)position, bytes.Length).CopyTo(bytes);
            }
            else
            {
                container.Read(storage.Key, position, bytes);
            }

            position += bytes.Length;
        }

        // Overwriting a file while it is being loaded would mix tensors from two models.
        return File.GetLastWriteTimeUtc(handle) == modified
            ? elements.as_strided(stored.Shape, stored.Strides).MoveToOuterDisposeScope()
            : throw WeightFileErrors.Changed(Path);
    });

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw WeightFileErrors.Damaged(path, e.Message.TrimEnd('.'));
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw WeightFileErrors.CannotRead(path, e);
        }
    }
}
