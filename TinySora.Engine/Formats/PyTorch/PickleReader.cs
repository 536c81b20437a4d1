using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>Reads the operands of the operations in a pickle. No operand may be longer than the rest of the file.</summary>
/// <param name="source">Stream to read from its current position, never further than requested.</param>
internal sealed class PickleReader(Stream source)
{
    public const long LongestPickle = 64 << 20;
    private const int LongestName = 500;

    /// <summary>Maximum length of an integer in bytes, more than any counter or random state needs.</summary>
    private const int LongestInteger = 256;

    private readonly long end = Math.Min(source.Length, source.Position + LongestPickle);
    private readonly byte[] scratch = new byte[sizeof(long)];

    public byte Byte() => Take(1)[0];

    public ushort UShort() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public uint UInt() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong ULong() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double)));

    public BigInteger Integer(ulong length) =>
        length <= LongestInteger ? new BigInteger(Bytes(length))
            : throw new InvalidDataException($"it contains an integer of {length} bytes, which is too long");

    public string Text(ulong length) => Encoding.UTF8.GetString(Bytes(length));

    /// <summary>Reads a number of bytes. Memory is allocated only for bytes that exist.</summary>
    public byte[] Bytes(ulong length)
    {
        Require(length);
        var bytes = new byte[length];
        source.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads ASCII text up to the end of the line.</summary>
    public string Line()
    {
        var line = new StringBuilder();
        while (Byte() is var next && next != '\n')
        {
            if (line.Append((char)next).Length > LongestName)
            {
                throw new InvalidDataException("it contains a name that is too long or not terminated");
            }
        }

        return line.ToString();
    }

    /// <summary>Reads a few bytes. The result is valid until the next call.</summary>
    private ReadOnlySpan<byte> Take(int length)
    {
        Require((ulong)length);
        source.ReadExactly(scratch, 0, length);
        return scratch.AsSpan(0, length);
    }

    private void Require(ulong length)
    {
        if (length > (ulong)(end - source.Position))
        {
            throw end < source.Length
                ? new InvalidDataException($"its pickle is longer than {LongestPickle >> 20} MiB")
                : new EndOfStreamException("its pickle is truncated");
        }
    }
}
