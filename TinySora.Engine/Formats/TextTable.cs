using System.Globalization;

namespace TinySora.Engine.Formats;

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
