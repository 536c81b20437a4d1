using System.Globalization;

namespace TinySora.Engine.Interop;

/// <summary>Values by name that say themselves as text, as a <see cref="TextList{T}"/> does.</summary>
public sealed class TextTable<TValue> : Dictionary<string, TValue>
{
    public TextTable()
    {
    }

    public TextTable(IEnumerable<KeyValuePair<string, TValue>> values)
        : base(values)
    {
    }

    public override string ToString() =>
        string.Join(", ", this.Select(pair => $"{pair.Key}={Convert.ToString(pair.Value, CultureInfo.InvariantCulture)}"));
}
