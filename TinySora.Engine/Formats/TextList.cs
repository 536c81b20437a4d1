using System.Globalization;

namespace TinySora.Engine.Formats;

/// <summary>
/// A list whose text shows its items, for programs that display only text, such as table cells and log lines. Lists with equal items are equal.
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
/// Values by name whose text shows them, like a <see cref="TextList{T}"/>. Two are equal if they have the same names and their values have
/// the same text, so that a number equals itself after a round trip through a file.
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
