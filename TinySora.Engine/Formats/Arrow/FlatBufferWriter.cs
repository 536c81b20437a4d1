using System.Buffers.Binary;
using System.Text;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>A value to write in a table; <c>null</c> if the table omits it.</summary>
internal abstract record FlatValue;

internal sealed record FlatNumber(long Value, int Size) : FlatValue;

internal sealed record FlatText(string Text) : FlatValue;

internal sealed record FlatNewTable(params FlatValue?[] Slots) : FlatValue;

internal sealed record FlatTables(IReadOnlyList<FlatNewTable> Tables) : FlatValue;

/// <param name="Numbers">64-bit numbers in all structs, one struct after the other.</param>
/// <param name="PerStruct">Number of values per struct.</param>
internal sealed record FlatStructs(IReadOnlyList<long> Numbers, int PerStruct) : FlatValue;

/// <summary>
/// Writes a FlatBuffer from front to back. A table precedes everything that it refers to, because references point forward. Tables are aligned to eight
/// bytes, so that every number in a table is aligned.
/// </summary>
internal sealed class FlatBufferWriter
{
    private readonly List<byte> bytes = [0, 0, 0, 0];

    private FlatBufferWriter()
    {
    }

    public static byte[] Write(FlatNewTable root)
    {
        var writer = new FlatBufferWriter();
        writer.Patch(0, root);
        return [.. writer.bytes];
    }

    /// <summary>Appends a value and makes the reference at <paramref name="position"/> point to it.</summary>
    private void Patch(int position, FlatValue value)
    {
        var target = Append(value);
        Set(position, target - position, sizeof(int));
    }

    private int Append(FlatValue value) => value switch
    {
        FlatNewTable table => AppendTable(table.Slots),
        FlatText text => AppendText(text.Text),
        FlatTables tables => AppendTables(tables.Tables),
        FlatStructs structs => AppendStructs(structs),
        _ => throw new ArgumentException($"{value} cannot be written on its own.", nameof(value)),
    };

    private int AppendTable(FlatValue?[] slots)
    {
        // Offsets are relative to the start of the table, where the distance to its vtable is stored.
        var end = sizeof(int);
        var offsets = new int[slots.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] is { } value)
            {
                var size = (value as FlatNumber)?.Size ?? sizeof(int);
                offsets[i] = (end + size - 1) / size * size;
                end = offsets[i] + size;
            }
        }

        var vtableLength = (2 + slots.Length) * sizeof(ushort);
        Pad((bytes.Count + vtableLength + 7) / 8 * 8 - vtableLength);
        Add(vtableLength, sizeof(ushort));
        Add(end, sizeof(ushort));
        foreach (var offset in offsets)
        {
            Add(offset, sizeof(ushort));
        }

        var start = bytes.Count;
        Add(vtableLength, sizeof(int));
        Pad(start + end);
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] is FlatNumber number)
            {
                Set(start + offsets[i], number.Value, number.Size);
            }
            else if (slots[i] is { } reference)
            {
                Patch(start + offsets[i], reference);
            }
        }

        return start;
    }

    private int AppendText(string text)
    {
        var encoded = Encoding.UTF8.GetBytes(text);
        Pad((bytes.Count + 3) / 4 * 4);
        var start = bytes.Count;
        Add(encoded.Length, sizeof(int));
        bytes.AddRange(encoded);
        bytes.Add(0);
        return start;
    }

    private int AppendTables(IReadOnlyList<FlatNewTable> tables)
    {
        Pad((bytes.Count + 3) / 4 * 4);
        var start = bytes.Count;
        Add(tables.Count, sizeof(int));
        var first = bytes.Count;
        Pad(first + (tables.Count * sizeof(int)));
        for (var i = 0; i < tables.Count; i++)
        {
            Patch(first + (i * sizeof(int)), tables[i]);
        }

        return start;
    }

    private int AppendStructs(FlatStructs structs)
    {
        Pad((bytes.Count + sizeof(int) + 7) / 8 * 8 - sizeof(int));
        var start = bytes.Count;
        Add(structs.Numbers.Count / structs.PerStruct, sizeof(int));
        foreach (var number in structs.Numbers)
        {
            Add(number, sizeof(long));
        }

        return start;
    }

    private void Pad(int length)
    {
        while (bytes.Count < length)
        {
            bytes.Add(0);
        }
    }

    private void Add(long number, int size)
    {
        Pad(bytes.Count + size);
        Set(bytes.Count - size, number, size);
    }

    private void Set(int position, long number, int size)
    {
        Span<byte> encoded = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(encoded, number);
        for (var i = 0; i < size; i++)
        {
            bytes[position + i] = encoded[i];
        }
    }
}
