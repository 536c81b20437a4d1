using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Numpy;

/// <summary>
/// Writes a <c>.npy</c> file entry by entry along its first axis. The axis's length need not be known in advance. Until the file is complete, it is a
/// <see cref="PendingFile"/>.
/// </summary>
public sealed class NpyWriter : IDisposable
{
    /// <summary>Length of the header in bytes, with room for any length of the first axis.</summary>
    private const int HeaderLength = 256;
    private const int MaxAxes = 8;

    private readonly string path;
    private readonly ScalarType type;
    private readonly long[] entryShape;
    private readonly PendingFile file;

    private NpyWriter(string path, ScalarType type, long[] entryShape)
    {
        this.path = path;
        this.type = type;
        this.entryShape = entryShape;
        file = PendingFile.Create(path);
        OnFailure.Dispose(file, () =>
        {
            file.Stream.Write(Header());
            return file;
        });
    }

    /// <summary>Number of entries added, which is the length of the first axis.</summary>
    public long Count { get; private set; }

    /// <param name="type">A type that NumPy supports; bfloat16 is not supported.</param>
    /// <param name="entryShape">Lengths of the axes after the first, at most seven.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public static NpyWriter Create(string path, ScalarType type, params long[] entryShape)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(entryShape.Length, MaxAxes);
        return OnFailure.Throw(path, DataErrors.NpyUnwritable, () => new NpyWriter(path, type, entryShape));
    }

    /// <param name="entries">One or more entries, stacked along an additional first axis.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public void Add(Tensor entries)
    {
        if (entries.dtype != type || entries.shape.Length == 0 || !entries.shape.AsSpan(1).SequenceEqual(entryShape))
        {
            throw new ArgumentException(
                $"{path} requires {type} (n, {string.Join(", ", entryShape)}), not {entries.dtype} ({string.Join(", ", entries.shape)}).", nameof(entries));
        }

        OnFailure.Throw(path, DataErrors.NpyUnwritable, () => TensorBytes.Write(entries, file.Stream.Write));
        Count += entries.shape[0];
    }

    /// <summary>Writes the length of the first axis, then renames the file to its final name.</summary>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable, NameTaken.</exception>
    public void Complete(bool overwrite = true) => OnFailure.Throw(path, DataErrors.NpyUnwritable, () =>
    {
        file.Stream.Position = 0;
        file.Stream.Write(Header());
        file.Complete(overwrite);
    });

    /// <summary>Closes the file; deletes it if it was not completed.</summary>
    public void Dispose() => file.Dispose();

    private byte[] Header() => NpyHeader.For(type, [Count, .. entryShape]).ToBytes(HeaderLength);
}
