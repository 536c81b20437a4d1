namespace TinySora.Commands;

/// <summary>Orders values as PowerShell's operators do, and what they cannot by text; null comes first.</summary>
internal sealed class ValueComparer(bool caseSensitive) : IComparer<object?>, IEqualityComparer<object?>
{
    public int Compare(object? x, object? y)
    {
        try
        {
            return LanguagePrimitives.Compare(x, y, !caseSensitive);
        }
        catch (Exception e) when (e is ArgumentException or PSInvalidCastException)
        {
            return LanguagePrimitives.Compare(Text(x), Text(y), !caseSensitive);
        }
    }

    bool IEqualityComparer<object?>.Equals(object? x, object? y) => Compare(x, y) == 0;

    int IEqualityComparer<object?>.GetHashCode(object? value) => StringComparer.OrdinalIgnoreCase.GetHashCode(Text(value));

    private static string Text(object? value) => LanguagePrimitives.ConvertTo<string>(value) ?? "";
}
