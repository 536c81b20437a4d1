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
