using System.Buffers.Binary;
using System.Text;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// A table in a FlatBuffer, with numbers, texts and tables that are accessed by their slots in the schema (flatbuffers.dev, "FlatBuffers internals"). Every
/// position in the file is checked.
/// </summary>
internal readonly ref struct FlatTable
{
    private readonly ReadOnlySpan<byte> buffer;
    private readonly int start;
    private readonly int vtable;
    private readonly int vtableLength;

    private FlatTable(ReadOnlySpan<byte> buffer, long start)
    {
        this.buffer = buffer;
        this.start = Checked(buffer, start, sizeof(int));
        vtable = Checked(buffer, start - BinaryPrimitives.ReadInt32LittleEndian(buffer[this.start..]), 2 * sizeof(ushort));
        vtableLength = BinaryPrimitives.ReadUInt16LittleEndian(buffer[vtable..]);
        Checked(buffer, vtable, vtableLength);
    }

    public static FlatTable Root(ReadOnlySpan<byte> buffer) => new(buffer, Follow(buffer, 0));

    public bool Has(int slot) => Position(slot, 1) >= 0;

    /// <param name="size">Size in bytes: 1, 2, 4 or 8. Numbers are signed, except for single bytes.</param>
    public long Number(int slot, int size, long otherwise = 0)
    {
        var position = Position(slot, size);
        return position < 0 ? otherwise : size switch
        {
            1 => buffer[position],
            2 => BinaryPrimitives.ReadInt16LittleEndian(buffer[position..]),
            4 => BinaryPrimitives.ReadInt32LittleEndian(buffer[position..]),
            _ => BinaryPrimitives.ReadInt64LittleEndian(buffer[position..]),
        };
    }

    public FlatTable Table(int slot)
    {
        var position = Position(slot, sizeof(int));
        return position < 0 ? throw new InvalidDataException($"field {slot} is missing from its metadata") : new(buffer, Follow(buffer, position));
    }

    public string Text(int slot)
    {
        var (first, length) = Vector(slot, 1);
        try
        {
            return StrictUtf8.Encoding.GetString(buffer.Slice(first, length));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("one of its names is not UTF-8 text", e);
        }
    }

    public int TableCount(int slot) => Vector(slot, sizeof(int)).Count;

    public FlatTable TableAt(int slot, int index) => new(buffer, Follow(buffer, Vector(slot, sizeof(int)).First + (index * sizeof(int))));

    /// <summary>Reads a vector of structs that consist of 64-bit numbers; returns the numbers of one struct after the other.</summary>
    /// <param name="perStruct">Number of values per struct.</param>
    public long[] Structs(int slot, int perStruct)
    {
        var (first, count) = Vector(slot, perStruct * sizeof(long));
        var numbers = new long[count * perStruct];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(buffer[(first + (i * sizeof(long)))..]);
        }

        return numbers;
    }

    /// <summary>Returns the position and length of a vector; an absent vector is empty.</summary>
    private (int First, int Count) Vector(int slot, int elementSize)
    {
        var position = Position(slot, sizeof(int));
        if (position < 0)
        {
            return (0, 0);
        }

        var at = Checked(buffer, Follow(buffer, position), sizeof(int));
        var count = BinaryPrimitives.ReadUInt32LittleEndian(buffer[at..]);
        return (Checked(buffer, at + sizeof(int), (long)count * elementSize), (int)count);
    }

    /// <summary>Returns the position of a slot's value; -1 if the table omits it.</summary>
    private int Position(int slot, int size)
    {
        var entry = (2 + slot) * sizeof(ushort);
        var offset = entry + sizeof(ushort) > vtableLength ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(buffer[(vtable + entry)..]);
        return offset == 0 ? -1 : Checked(buffer, (long)start + offset, size);
    }

    private static long Follow(ReadOnlySpan<byte> buffer, long position) =>
        position + BinaryPrimitives.ReadUInt32LittleEndian(buffer[Checked(buffer, position, sizeof(uint))..]);

    private static int Checked(ReadOnlySpan<byte> buffer, long position, long length) =>
        position < 0 || length > buffer.Length - position
            ? throw new InvalidDataException("its metadata refers to a position outside the metadata")
            : (int)position;
}
