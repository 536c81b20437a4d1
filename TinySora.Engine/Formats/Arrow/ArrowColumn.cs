namespace TinySora.Engine.Formats.Arrow;

/// <summary>What the values of a column are made of, below the lists around them.</summary>
public enum ArrowElement
{
    Text,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float16,
    Float32,
    Float64,

    /// <summary>Anything else: such a column is passed over, and its values cannot be read.</summary>
    Other,
}

/// <summary>A column of an Arrow dataset.</summary>
/// <param name="Rank">How many lists are around an element: 0 for single values, 3 for arrays of (T, H, W).</param>
public sealed record ArrowColumn(string Name, ArrowElement Element, int Rank = 0);
