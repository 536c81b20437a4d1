using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Numpy;

/// <summary>
/// Reads and writes whole NumPy array files. Numeric arrays of any byte order and axis order are supported. Unsigned integers other than bytes are
/// converted to the next wider signed type. <see cref="NpyArray"/> reads a file entry by entry, and <see cref="NpyWriter"/> writes one in pieces.
/// </summary>
public static class NpyFile
{
    /// <returns>A new tensor on the CPU with the file's shape.</returns>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable.</exception>
    public static Tensor Read(string path) => Guard(path, () =>
    {
        using var stream = File.OpenRead(path);
        return Read(stream, stream.Length);
    });

    /// <summary>
    /// Writes a file in format version 1 and C order. bfloat16, which NumPy lacks, is converted to float32. The file appears complete or not at all.
    /// </summary>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public static void Write(string path, Tensor array) =>
        AtomicFile.WriteStream(path, stream => Write(stream, array), DataErrors.NpyUnwritable);

    /// <param name="length">Length of the stream in bytes.</param>
    internal static Tensor Read(Stream stream, long length)
    {
        using var scope = NewDisposeScope();
        var header = NpyHeader.Read(stream, length);

        // Fortran order is the same as C order with reversed axes.
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

    /// <summary>Runs code that reads a file, and converts its failures to a TinySora error.</summary>
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
