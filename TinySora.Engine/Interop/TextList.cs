using System.Globalization;

namespace TinySora.Engine.Interop;

/// <summary>A list that says its items where text is all that another program takes: a cell of a table, a line of a log.</summary>
public sealed class TextList<T> : List<T>
{
    public TextList()
    {
    }

    public TextList(IEnumerable<T> items)
        : base(items)
    {
    }

    public override string ToString() => string.Join(", ", this.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
}
