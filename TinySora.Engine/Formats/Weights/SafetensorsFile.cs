using System.Buffers.Binary;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.PyTorch;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Weights;

/// <summary>
/// A safetensors file: eight bytes of header length, a JSON header, and the bytes of the tensors (row-major and little-endian). The file remains open, and
/// tensors are read on request. No code in the file is executed.
/// </summary>
public sealed class SafetensorsFile : ITensorFile
{
    /// <summary>Maximum length of a header in bytes, as in the reference implementation.</summary>
    private const long LongestHeader = 100_000_000;

    /// <summary>Number of bytes for the header length and the brace that begins the header.</summary>
    private const int StartLength = sizeof(long) + 1;

    private readonly SafetensorsHeader header;
    private readonly FileSlice data;
    private readonly RandomAccessFile file;
    private readonly DateTime modified;

    private SafetensorsFile(string path, RandomAccessFile file)
    {
        Path = path;
        this.file = file;
        modified = file.Modified;
        (header, data) = ReadHeader(file.Bytes, path);
        Tensors = header.Entries.ToDictionary(
            item => item.Key, item => new StoredTensor(SafetensorsHeader.Types[item.Value.Type].Type, item.Value.Shape, () => Read(item.Key)));
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => header.Entries;

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens and validates a file. Its tensors are read later.</summary>
    /// <exception cref="TinySoraException">NotSafetensors, Truncated, Damaged, UnsupportedType, CannotRead.</exception>
    public static SafetensorsFile Open(string path) => OnFailure.Throw(path, WeightFileErrors.CannotRead, () =>
    {
        var file = RandomAccessFile.Open(path);
        return OnFailure.Dispose(file, () => new SafetensorsFile(path, file));
    });

    /// <summary>Returns whether a file begins with a header that ends within the file.</summary>
    /// <exception cref="TinySoraException">CannotRead.</exception>
    public static bool IsOne(string path) => OnFailure.Throw(path, WeightFileErrors.CannotRead, () =>
    {
        using var stream = BusyFile.Open(path, followsLink: true);
        Span<byte> start = stackalloc byte[StartLength];
        var read = stream.ReadAtLeast(start, StartLength, throwOnEndOfStream: false);
        return HeaderLength(start[..read]) is long length && length <= stream.Length - sizeof(long);
    });

    /// <summary>Reads only the metadata of a file.</summary>
    /// <inheritdoc cref="Open"/>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path, bool followsLink = true) =>
        OnFailure.Throw(path, WeightFileErrors.CannotRead, () =>
        {
            using var file = RandomAccessFile.Open(path, followsLink);
            return ReadHeader(file.Bytes, path).Header.Metadata;
        });

    /// <summary>Reads a tensor into a new one on the CPU.</summary>
    /// <exception cref="TinySoraException">MissingTensor; Changed; CannotRead.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty([.. entry.Shape], SafetensorsHeader.Types[entry.Type].Type);
        return OnFailure.Dispose(tensor, () =>
        {
            Copy(entry, tensor);
            return tensor;
        });
    }

    /// <summary>Copies the values to a tensor with the same number of elements, on any device and of any floating-point type.</summary>
    public void CopyTo(string name, Tensor destination) =>
        (Tensors.GetValueOrDefault(name) ?? throw WeightFileErrors.MissingTensor(Path, name)).CopyTo(destination);

    /// <summary>
    /// Writes tensors and metadata. The file appears at <paramref name="path"/> complete or not at all; see
    /// <see cref="AtomicFile"/>.
    /// </summary>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">NameTaken; CannotWrite, for example on a full disk.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, string> metadata, IEnumerable<(string Name, Tensor Tensor)> tensors, bool overwrite = true,
        CancellationToken cancellationToken = default)
    {
        // Write wide elements first, so that every tensor is aligned to its element size.
        var ordered = tensors.Select(NotCancelled).OrderByDescending(item => item.Tensor.ElementSize).ToList();
        var entries = new Dictionary<string, SafetensorsEntry>();
        var end = 0L;
        foreach (var (name, tensor) in ordered)
        {
            var type = SafetensorsHeader.Types.First(pair => pair.Value.Type == tensor.dtype).Key;
            var begin = end;
            end += tensor.numel() * tensor.ElementSize;
            entries.Add(name, new SafetensorsEntry(name, type, tensor.shape, begin, end));
        }

        AtomicFile.WriteStream(path, stream =>
        {
            var json = new SafetensorsHeader(metadata, entries).ToJson();
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
            stream.Write(length);
            stream.Write(json);
            foreach (var item in ordered)
            {
                TensorBytes.Write(NotCancelled(item).Tensor, stream.Write);
            }
        }, WeightFileErrors.CannotWrite, overwrite);

        (string Name, Tensor Tensor) NotCancelled((string Name, Tensor Tensor) item)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return item;
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Returns the header length, given the first bytes of a file; <c>null</c> if it is not a safetensors file.</summary>
    private static long? HeaderLength(ReadOnlySpan<byte> start) =>
        start.Length == StartLength && start[^1] == '{' && BinaryPrimitives.ReadInt64LittleEndian(start) is >= 2 and <= LongestHeader and var length
            ? length
            : null;

    private static (SafetensorsHeader Header, FileSlice Data) ReadHeader(FileSlice bytes, string path)
    {
        var fileLength = bytes.Length;
        ReadOnlySpan<byte> start = bytes.Read(0, (int)Math.Min(StartLength, fileLength));
        if (HeaderLength(start) is not long length)
        {
            throw PyTorchFile.IsStart(start) ? WeightFileErrors.IsPyTorch(path)
                : WeightFileErrors.NotSafetensors(path, start.Length < StartLength
                    ? $"it has only {fileLength} bytes"
                    : start.StartsWith("version "u8) ? "it is a Git LFS pointer; the file itself has not been fetched (git lfs pull)"
                    : "it does not begin with a header length and a header");
        }

        var dataOffset = sizeof(long) + length;
        if (fileLength < dataOffset)
        {
            throw WeightFileErrors.Truncated(path, fileLength, dataOffset);
        }

        var data = bytes.Slice(dataOffset, fileLength - dataOffset);
        return (SafetensorsHeader.Parse(bytes.Read(sizeof(long), (int)length), data.Length, path), data);
    }

    private SafetensorsEntry Entry(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry : throw WeightFileErrors.MissingTensor(Path, name);

    private void Copy(SafetensorsEntry entry, Tensor tensor)
    {
        try
        {
            TensorBytes.Read(tensor, data.From(entry.Begin));
        }
        catch (EndOfStreamException e)
        {
            throw WeightFileErrors.Changed(Path, e);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw WeightFileErrors.CannotRead(Path, e);
        }

        // Overwriting a file while it is being loaded would mix tensors from two models.
        if (file.Modified != modified)
        {
            throw WeightFileErrors.Changed(Path);
        }
    }
}
