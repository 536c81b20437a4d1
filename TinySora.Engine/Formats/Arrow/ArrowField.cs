namespace TinySora.Engine.Formats.Arrow;

/// <summary>Values of the <c>Type</c> union in Arrow's Schema.fbs.</summary>
internal enum ArrowType : byte
{
    Null = 1,
    Int = 2,
    FloatingPoint = 3,
    Binary = 4,
    Utf8 = 5,
    Bool = 6,
    List = 12,
    Struct = 13,
    FixedSizeList = 16,
    Map = 17,
    LargeBinary = 19,
    LargeUtf8 = 20,
    LargeList = 21,
}

/// <summary>A field in a schema, with its child fields. An extension type, such as Array2D, is represented by its storage type.</summary>
/// <param name="Element">Element type of the field itself, not of the elements of its lists.</param>
/// <param name="ListSize">Number of elements in each list of a fixed-size list type.</param>
internal sealed record ArrowField(string Name, ArrowType Type, ArrowElement Element, int ListSize, IReadOnlyList<ArrowField> Children)
{
    private const int DeepestNesting = 32;
    private const int MaxFields = 10_000;

    public bool IsList => Type is ArrowType.List or ArrowType.LargeList or ArrowType.FixedSizeList;

    /// <summary>Whether offsets and lengths are 64-bit integers.</summary>
    public bool IsLarge => Type is ArrowType.LargeList or ArrowType.LargeUtf8 or ArrowType.LargeBinary;

    public ArrowColumn Column
    {
        get
        {
            var (inner, rank) = (this, 0);
            for (; inner.IsList; rank++)
            {
                inner = inner.Children[0];
            }

            return new ArrowColumn(Name, inner.Element, rank);
        }
    }

    /// <summary>Reads the fields in a schema.</summary>
    /// <exception cref="InvalidDataException">The schema is corrupt or not supported.</exception>
    public static IReadOnlyList<ArrowField> ReadSchema(FlatTable schema)
    {
        if (schema.Number(0, sizeof(short)) != 0)
        {
            throw new InvalidDataException("its numbers are big-endian, which is not supported");
        }

        var left = MaxFields;
        return ReadAll(schema, 1, DeepestNesting, ref left);
    }

    private static ArrowField[] ReadAll(FlatTable parent, int slot, int depth, ref int left)
    {
        var count = parent.TableCount(slot);
        if (depth == 0 || count > left)
        {
            throw new InvalidDataException($"it has more than {MaxFields} fields, or fields that are nested more than {DeepestNesting} levels deep");
        }

        left -= count;
        var fields = new ArrowField[count];
        for (var i = 0; i < count; i++)
        {
            fields[i] = Read(parent.TableAt(slot, i), depth, ref left);
        }

        return fields;
    }

    private static ArrowField Read(FlatTable field, int depth, ref int left)
    {
        var name = field.Text(0);
        var children = ReadAll(field, 5, depth - 1, ref left);
        if (field.Has(4))
        {
            // The batches contain indices into a dictionary, with the layout of integers.
            return new ArrowField(name, ArrowType.Int, ArrowElement.Other, 0, []);
        }

        var number = (int)field.Number(2, 1);
        if (number is 14 or > (int)ArrowType.LargeList or 0)
        {
            throw new InvalidDataException(
                $"its field '{name}' has the unsupported type {number} of Arrow's Schema.fbs (a union, view or run-end encoding)");
        }

        var type = (ArrowType)number;
        var detail = field.Table(3);
        var size = type == ArrowType.FixedSizeList ? (int)detail.Number(0, sizeof(int)) : 0;
        if (size < 0 || (type is ArrowType.List or ArrowType.LargeList or ArrowType.FixedSizeList or ArrowType.Map && children.Length != 1))
        {
            throw new InvalidDataException($"its field '{name}' is a list without an element type");
        }

        return new ArrowField(name, type, ElementOf(type, detail), size, children);
    }

    private static ArrowElement ElementOf(ArrowType type, FlatTable detail) => type switch
    {
        ArrowType.Utf8 or ArrowType.LargeUtf8 => ArrowElement.Text,
        ArrowType.Bool => ArrowElement.Bool,
        ArrowType.Int => (detail.Number(0, sizeof(int)), detail.Number(1, 1)) switch
        {
            (8, 0) => ArrowElement.UInt8,
            (16, 0) => ArrowElement.UInt16,
            (32, 0) => ArrowElement.UInt32,
            (64, 0) => ArrowElement.UInt64,
            (8, _) => ArrowElement.Int8,
            (16, _) => ArrowElement.Int16,
            (32, _) => ArrowElement.Int32,
            (64, _) => ArrowElement.Int64,
            _ => ArrowElement.Other,
        },
        ArrowType.FloatingPoint => detail.Number(0, sizeof(short)) switch
        {
            0 => ArrowElement.Float16,
            1 => ArrowElement.Float32,
            2 => ArrowElement.Float64,
            _ => ArrowElement.Other,
        },
        _ => ArrowElement.Other,
    };
}
