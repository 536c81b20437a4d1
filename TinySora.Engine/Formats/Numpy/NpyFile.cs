using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Numpy;

/// <summary>
/// NumPy's array files, read whole and written. Any plain numbers are read, of either byte order and axis order; unsigned integers
/// become the next wider signed ones, but for bytes. <see cref="NpyArray"/> reads one entry by entry, <see cref="NpyWriter"/> writes one in pieces.
/// </summary>
public static class NpyFile
{
    /// <returns>A new tensor on the CPU, of the file's shape.</returns>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable.</exception>
    public static Tensor Read(string path) => Guard(path, () =>
    {
        using var stream = File.OpenRead(path);
        return Read(stream, stream.Length);
    });

    /// <summary>Writes version 1 in C order; bfloat16, which NumPy lacks, as float32. The file appears whole or not at all.</summary>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public static void Write(string path, Tensor array) =>
        AtomicFile.WriteStream(path, stream => Write(stream, array), DataErrors.NpyUnwritable);

    /// <param name="length">Bytes of the stream.</param>
    internal static Tensor Read(Stream stream, long length)
    {
        using var scope = NewDisposeScope();
        var header = NpyHeader.Read(stream, length);

        // Fortran order is C order with the axes turned round.
        var shape = header.FortranOrder ? [.. Enumerable.Reverse(header.Shape)] : header.Shape;
        var array = header.Format.Read(shape, stream.ReadExactly, header.BigEndian);
        if (header.FortranOrder)
        {
            array = array.permute([.. Enumerable.Range(0, shape.Length).Select(axis => shape.Length - 1L - axis)]).contiguous();
        }

        return array.MoveToOuterDisposeScope();
    }

    internal static void Write(Stream stream, Tensor array)
    {
        using var scope = NewDisposeScope();
        var known = array.dtype == ScalarType.BFloat16 ? array.to(ScalarType.Float32) : array;
        stream.Write(NpyHeader.For(known.dtype, known.shape).ToBytes());
        TensorBytes.Write(known, stream.Write);
    }

    /// <summary>Calls a reader of a file that may be damaged.</summary>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable.</exception>
    internal static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (FileFailure.Is(e) || e is InvalidDataException)
        {
            throw DataErrors.NpyUnreadable(path, e);
        }
    }
}
