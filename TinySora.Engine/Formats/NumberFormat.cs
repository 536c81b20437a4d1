using System.Buffers.Binary;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats;

/// <summary>The layout of numbers in a file, and the element type of the tensor to read them into.</summary>
/// <param name="Type">
/// Element type of the tensor. It is the type in the file, except for unsigned integers: it is the next wider signed type for 16 and 32 bits, and Int64
/// for 64 bits.
/// </param>
/// <param name="Size">Bytes per number in the file.</param>
/// <param name="Word">Number of bytes to reverse in a big-endian file. A complex number consists of two such words.</param>
internal sealed record NumberFormat(ScalarType Type, int Size, int Word, bool Unsigned = false)
{
    private const int PieceLength = 1 << 13;

    public NumberFormat(ScalarType type, int size)
        : this(type, size, size)
    {
    }

    /// <param name="bits">Number of bits: 16, 32 or 64.</param>
    public static NumberFormat UnsignedOf(int bits) => new(bits == 16 ? ScalarType.Int32 : ScalarType.Int64, bits / 8, bits / 8, Unsigned: true);

    /// <returns>A new tensor on the CPU.</returns>
    /// <exception cref="InvalidDataException">A number is outside the range of the tensor's type.</exception>
    public Tensor Read(long[] shape, ByteSource next, bool bigEndian = false)
    {
        using var scope = NewDisposeScope();
        var tensor = empty(shape, Type);
        var piece = new byte[Math.Min(PieceLength, tensor.numel()) * Size];
        foreach (var chunk in TensorBytes.Chunks(tensor))
        {
            var destination = chunk.bytes;
            var width = (int)tensor.ElementSize;
            while (destination.Length > 0)
            {
                var count = Math.Min(PieceLength, destination.Length / width);
                var source = piece.AsSpan(0, count * Size);
                next(source);
                Decode(source, destination[..(count * width)], bigEndian);
                destination = destination[(count * width)..];
            }
        }

        return tensor.MoveToOuterDisposeScope();
    }

    private void Decode(Span<byte> source, Span<byte> destination, bool bigEndian)
    {
        for (var i = 0; bigEndian && i < source.Length; i += Word)
        {
            source.Slice(i, Word).Reverse();
        }

        if (!Unsigned)
        {
            source.CopyTo(destination);
            return;
        }

        var width = destination.Length / (source.Length / Size);
        Span<byte> wide = stackalloc byte[sizeof(long)];
        for (int from = 0, to = 0; from < source.Length; from += Size, to += width)
        {
            wide.Clear();
            source.Slice(from, Size).CopyTo(wide);
            if (BinaryPrimitives.ReadInt64LittleEndian(wide) < 0)
            {
                throw new InvalidDataException($"its value {BinaryPrimitives.ReadUInt64LittleEndian(wide)} exceeds the range of signed 64-bit integers");
            }

            wide[..width].CopyTo(destination[to..]);
        }
    }
}
