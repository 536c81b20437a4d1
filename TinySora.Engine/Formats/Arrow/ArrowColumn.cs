namespace TinySora.Engine.Formats.Arrow;

/// <summary>Element type of a column, inside all levels of lists.</summary>
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

    /// <summary>Any other type. A column of such a type is skipped, and its values cannot be read.</summary>
    Other,
}

/// <summary>A column in an Arrow dataset.</summary>
/// <param name="Rank">Number of nested lists around an element: 0 for single values, 3 for arrays (T, H, W).</param>
public sealed record ArrowColumn(string Name, ArrowElement Element, int Rank = 0);
