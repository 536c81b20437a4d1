using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Interop;

/// <summary>A memory-mapped <c>.npy</c> file: entries along its first axis are copied when they are asked for, from any thread.</summary>
public sealed class NpyArray : IDisposable
{
    private readonly NpyHeader header;
    private readonly long dataOffset;
    private readonly MappedFile file;

    private NpyArray(NpyHeader header, FileStream stream)
    {
        this.header = header;
        dataOffset = stream.Position;
        file = MappedFile.Of(stream);
    }

    /// <summary>The element type of the tensors that are read; <see cref="NpyFile"/> says what becomes of unsigned integers.</summary>
    public ScalarType Type => header.Format.Type;

    /// <summary>The shape of the array, with at least one axis.</summary>
    public IReadOnlyList<long> Shape => header.Shape;

    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable, also for Fortran order and for single numbers.</exception>
    public static NpyArray Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var header = NpyHeader.Read(stream, stream.Length);
            if (header.FortranOrder || header.Shape.Length == 0)
            {
                throw new InvalidDataException(
                    header.FortranOrder ? "it is in Fortran order, of which no entry lies in one piece" : "it is a single number and no list");
            }

            return new NpyArray(header, stream);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is InvalidDataException)
        {
            stream?.Dispose();
            throw DataErrors.NpyUnreadable(path, e);
        }
    }

    /// <returns>A new tensor on the CPU, of the file's shape but for the first axis, which has the length <paramref name="count"/>.</returns>
    public Tensor Read(long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Shape[0] - first);
        long[] shape = [count, .. header.Shape.Skip(1)];
        var mapped = file.Bytes;
        var at = dataOffset + (Shape[0] == 0 ? 0 : header.DataLength / Shape[0] * first);
        return header.Format.Read(shape, bytes =>
        {
            mapped.Span(at, bytes.Length).CopyTo(bytes);
            at += bytes.Length;
        }, header.BigEndian);
    }

    public void Dispose() => file.Dispose();
}
