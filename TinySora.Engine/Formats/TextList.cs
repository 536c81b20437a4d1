using System.Globalization;

namespace TinySora.Engine.Formats;

/// <summary>
/// A list that says its items where text is all that another program takes: a cell of a table, a line of a log. Two with equal items are equal.
/// </summary>
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
/// Values by name that say themselves as text, as a <see cref="TextList{T}"/> does. Two with the same names are equal where the values of each
/// say the same: a number is equal to itself as it was read from a file.
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
