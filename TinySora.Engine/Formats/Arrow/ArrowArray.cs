using System.Buffers.Binary;
using System.Text;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Arrow;

/// <summary>
/// A column of one record batch in Arrow's columnar format. Lists are stored as offsets into the array of their elements. The constructor checks the
/// minimum lengths of the buffers, and reading a row checks its offsets. Corrupt data causes an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ArrowArray
{
    /// <summary>Maximum number of elements in an array, so that computed sizes do not overflow. Real files have far fewer elements.</summary>
    private const long LongestArray = 1L << 48;

    /// <summary>Number of offsets or validity bits read together.</summary>
    private const int PieceLength = 1024;

    /// <summary>Supported element types, with their layout in a buffer. Bool values are stored as bits.</summary>
    public static readonly IReadOnlyDictionary<ArrowElement, NumberFormat> Formats = new Dictionary<ArrowElement, NumberFormat>
    {
        [ArrowElement.Bool] = new(ScalarType.Bool, 1),
        [ArrowElement.Int8] = new(ScalarType.Int8, 1),
        [ArrowElement.Int16] = new(ScalarType.Int16, 2),
        [ArrowElement.Int32] = new(ScalarType.Int32, 4),
        [ArrowElement.Int64] = new(ScalarType.Int64, 8),
        [ArrowElement.UInt8] = new(ScalarType.Byte, 1),
        [ArrowElement.UInt16] = NumberFormat.UnsignedOf(16),
        [ArrowElement.UInt32] = NumberFormat.UnsignedOf(32),
        [ArrowElement.UInt64] = NumberFormat.UnsignedOf(64),
        [ArrowElement.Float16] = new(ScalarType.Float16, 2),
        [ArrowElement.Float32] = new(ScalarType.Float32, 4),
        [ArrowElement.Float64] = new(ScalarType.Float64, 8),
    };

    private readonly ArrowField field;
    private readonly long length;
    private readonly bool hasNulls;
    private readonly FileSlice validity;

    /// <summary>Numbers, or offsets into the list elements or the text.</summary>
    private readonly FileSlice values;
    private readonly FileSlice text;
    private readonly ArrowArray[] children;

    private ArrowArray(ArrowField field, Buffers buffers)
    {
        this.field = field;
        (length, var nulls) = buffers.NextNode();
        if (length is < 0 or > LongestArray || nulls < 0 || nulls > length)
        {
            throw new InvalidDataException($"its column '{field.Name}' declares {nulls} missing values in a length of {length}");
        }

        hasNulls = nulls > 0;
        validity = field.Type == ArrowType.Null ? default : buffers.Next();
        values = field.Type is ArrowType.Null or ArrowType.Struct or ArrowType.FixedSizeList ? default : buffers.Next();
        text = field.Type is ArrowType.Utf8 or ArrowType.LargeUtf8 or ArrowType.Binary or ArrowType.LargeBinary ? buffers.Next() : default;
        children = [.. field.Children.Select(child => new ArrowArray(child, buffers))];
        if ((hasNulls && field.Type != ArrowType.Null && validity.Length < BitBytes(length)) || values.Length < MinValues()
            || (field.Type == ArrowType.FixedSizeList && children[0].length < (Int128)length * field.ListSize))
        {
            throw new InvalidDataException($"its column '{field.Name}' has less data than its length {length} requires");
        }
    }

    /// <summary>Returns the columns of a batch.</summary>
    /// <param name="batch">RecordBatch of Arrow's Message.fbs.</param>
    public static ArrowArray[] ReadBatch(IReadOnlyList<ArrowField> fields, FlatTable batch, FileSlice body)
    {
        var rows = batch.Number(0, sizeof(long));
        var buffers = new Buffers(batch.Structs(1, 2), batch.Structs(2, 2), body);
        var columns = new ArrowArray[fields.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = new ArrowArray(fields[i], buffers);
            if (columns[i].length != rows)
            {
                throw new InvalidDataException($"its column '{fields[i].Name}' has {columns[i].length} rows in a batch of {rows}");
            }
        }

        return columns;
    }

    /// <summary>Reads the text of a row; <c>null</c> if it is missing.</summary>
    public string? ReadText(long row)
    {
        if (field.Element != ArrowElement.Text)
        {
            throw new InvalidDataException("it is not text");
        }

        if (!IsValid(row))
        {
            return null;
        }

        var offsets = Offsets(row, 2);
        var (first, end) = (offsets[0], offsets[1]);
        try
        {
            return StrictUtf8.Encoding.GetString(text.Read(first, checked((int)(end - first))));
        }
        catch (Exception e) when (e is DecoderFallbackException or OverflowException)
        {
            throw new InvalidDataException("it is not UTF-8 text", e);
        }
    }

    /// <summary>Reads the numbers in a row, with an axis for each level of lists; returns <c>null</c> if the row is missing.</summary>
    public Tensor? ReadTensor(long row)
    {
        if (!IsValid(row))
        {
            return null;
        }

        var (array, first, end) = (this, row, row + 1);
        var shape = new List<long>();
        while (array.field.IsList)
        {
            array.CheckValid(first, end);
            shape.Add(array.ElementsOfEach(first, end));
            (first, end) = (array.Offset(first), array.Offset(end));
            array = array.children[0];
            if (first < 0 || first > end || end > array.length)
            {
                throw new InvalidDataException("its lists extend beyond their elements");
            }
        }

        if (!Formats.TryGetValue(array.field.Element, out var format))
        {
            throw new InvalidDataException("it does not contain numbers");
        }

        array.CheckValid(first, end);
        return format.Read([.. shape], array.field.Element != ArrowElement.Bool ? array.values.From(first * format.Size) : bits =>
        {
            ReadBits(array.values, first, bits);
            first += bits.Length;
        });
    }

    /// <summary>Returns the number of elements in each list in a range of rows.</summary>
    private long ElementsOfEach(long first, long end)
    {
        if (field.Type == ArrowType.FixedSizeList)
        {
            return field.ListSize;
        }

        var size = 0L;
        for (var row = first; row < end; row += PieceLength)
        {
            var offsets = Offsets(row, (int)Math.Min(PieceLength, end - row) + 1);
            size = row == first ? offsets[1] - offsets[0] : size;
            for (var i = 1; i < offsets.Length; i++)
            {
                if (offsets[i] - offsets[i - 1] != size || size < 0)
                {
                    throw new InvalidDataException("its lists have different lengths, so they do not form an array");
                }
            }
        }

        return size;
    }

    /// <summary>Returns the index of a row's first element.</summary>
    private long Offset(long row) => field.Type == ArrowType.FixedSizeList ? row * field.ListSize
        : length == 0 && row == 0 ? 0
        : Offsets(row, 1)[0];

    /// <summary>Reads the offsets of the elements in variable-length rows.</summary>
    private long[] Offsets(long row, int count)
    {
        var width = field.IsLarge ? sizeof(long) : sizeof(int);
        ReadOnlySpan<byte> bytes = values.Read(row * width, count * width);
        var offsets = new long[count];
        for (var i = 0; i < count; i++)
        {
            var offset = bytes[(i * width)..];
            offsets[i] = field.IsLarge ? BinaryPrimitives.ReadInt64LittleEndian(offset) : BinaryPrimitives.ReadInt32LittleEndian(offset);
        }

        return offsets;
    }

    private bool IsValid(long row)
    {
        Span<byte> valid = stackalloc byte[1];
        ReadValid(row, valid);
        return valid[0] != 0;
    }

    private void CheckValid(long first, long end)
    {
        Span<byte> piece = stackalloc byte[PieceLength];
        for (var row = first; hasNulls && row < end; row += PieceLength)
        {
            var valid = piece[..(int)Math.Min(PieceLength, end - row)];
            ReadValid(row, valid);
            if (valid.Contains((byte)0))
            {
                throw new InvalidDataException("some of its values are missing");
            }
        }
    }

    /// <summary>Writes 1 for each row with a value and 0 for each missing value, starting at the given row.</summary>
    private void ReadValid(long first, Span<byte> valid)
    {
        if (field.Type == ArrowType.Null)
        {
            valid.Clear();
        }
        else if (hasNulls)
        {
            ReadBits(validity, first, valid);
        }
        else
        {
            valid.Fill(1);
        }
    }

    private static void ReadBits(FileSlice from, long first, Span<byte> bits)
    {
        var (begin, shift) = (first / 8, (int)(first % 8));
        var bytes = from.Read(begin, (int)BitBytes(shift + bits.Length));
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = (byte)(bytes[(shift + i) / 8] >> ((shift + i) % 8) & 1);
        }
    }

    private long MinValues() => length == 0 ? 0 : field.Type switch
    {
        ArrowType.List or ArrowType.Map or ArrowType.Utf8 or ArrowType.Binary => (length + 1) * sizeof(int),
        ArrowType.LargeList or ArrowType.LargeUtf8 or ArrowType.LargeBinary => (length + 1) * sizeof(long),
        _ => field.Element == ArrowElement.Bool ? BitBytes(length)
            : Formats.TryGetValue(field.Element, out var format) ? length * format.Size : 0,
    };

    private static long BitBytes(long bits) => (bits + 7) / 8;

    /// <summary>The arrays and buffers in a batch, in the order in which the fields of the schema consume them.</summary>
    private sealed class Buffers(long[] nodes, long[] places, FileSlice body)
    {
        private int node;
        private int place;

        public (long Length, long Nulls) NextNode() => node + 2 > nodes.Length ? throw TooFew() : (nodes[node++], nodes[node++]);

        public FileSlice Next() => place + 2 > places.Length ? throw TooFew() : body.Slice(places[place++], places[place++]);

        private static InvalidDataException TooFew() => new("a batch describes fewer columns than the schema");
    }
}
