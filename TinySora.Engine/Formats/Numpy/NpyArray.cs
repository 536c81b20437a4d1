using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Numpy;

/// <summary>An open <c>.npy</c> file. Any thread can read entries along the first axis on request.</summary>
public sealed class NpyArray : IDisposable
{
    private readonly string path;
    private readonly NpyHeader header;
    private readonly RandomAccessFile file;
    private readonly FileSlice data;

    private NpyArray(string path, RandomAccessFile file)
    {
        this.path = path;
        this.file = file;
        using var start = new MemoryStream(file.Bytes.Read(0, (int)Math.Min(file.Length, NpyHeader.LongestStart)));
        header = NpyHeader.Read(start, file.Length);
        data = file.Bytes.Slice(start.Position, header.DataLength);
        if (header.FortranOrder || header.Shape.Length == 0)
        {
            throw new InvalidDataException(
                header.FortranOrder ? "it is in Fortran order, in which entries are not contiguous" : "it is a single number, not an array with entries");
        }
    }

    /// <summary>Element type of the tensors that are read; see <see cref="NpyFile"/> for unsigned integers.</summary>
    public ScalarType Type => header.Format.Type;

    /// <summary>Shape of the array, with at least one axis.</summary>
    public IReadOnlyList<long> Shape => header.Shape;

    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable; also thrown for Fortran order and for single numbers.</exception>
    public static NpyArray Open(string path) => NpyFile.Guard(path, () =>
    {
        var file = RandomAccessFile.Open(path);
        return OnFailure.Dispose(file, () => new NpyArray(path, file));
    });

    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable, for example because another program has truncated the file.</exception>
    /// <returns>A new tensor on the CPU with the file's shape, except for the first axis, which has length <paramref name="count"/>.</returns>
    public Tensor Read(long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Shape[0] - first);
        long[] shape = [count, .. header.Shape.Skip(1)];
        var at = Shape[0] == 0 ? 0 : header.DataLength / Shape[0] * first;
        return NpyFile.Guard(path, () => header.Format.Read(shape, data.From(at), header.BigEndian));
    }

    public void Dispose() => file.Dispose();
}
