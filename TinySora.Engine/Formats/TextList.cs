using System.Globalization;

namespace TinySora.Engine.Formats;

/// <summary>A list that shows its items when converted to text, for table cells and log lines. Lists with equal items are equal.</summary>
public sealed class TextList<T> : List<T>
{
    public TextList()
    {
    }

    public TextList(IEnumerable<T> items)
        : base(items)
    {
    }

    public override bool Equals(object? obj) => obj is TextList<T> other && this.SequenceEqual(other);

    public override int GetHashCode() => this.Aggregate(Count, (hash, item) => HashCode.Combine(hash, item));

    public override string ToString() => string.Join(", ", this.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
}

/// <summary>
/// A dictionary that shows its entries when converted to text, like a <see cref="TextList{T}"/>. Two tables are equal if they have the same names and the
/// values have the same text, so a number is equal to itself after a round trip through a file.
/// </summary>
public sealed class TextTable<TValue> : Dictionary<string, TValue>
{
    public TextTable()
    {
    }

    public TextTable(IEnumerable<KeyValuePair<string, TValue>> values)
        : base(values)
    {
    }

    public override bool Equals(object? obj) => obj is TextTable<TValue> other && Count == other.Count
        && this.All(pair => other.TryGetValue(pair.Key, out var value) && Text(pair.Value) == Text(value));

    public override int GetHashCode() => Keys.Aggregate(Count, (hash, name) => hash ^ name.GetHashCode(StringComparison.Ordinal));

    public override string ToString() => string.Join(", ", this.Select(pair => $"{pair.Key}={Text(pair.Value)}"));

    private static string? Text(TValue value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
