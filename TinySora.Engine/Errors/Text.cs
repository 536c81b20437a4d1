namespace TinySora.Engine.Errors;

/// <summary>Wording shared by the catalogues.</summary>
internal static class Text
{
    private const int MostShown = 10;

    /// <summary>An indented list, one line each, cut after ten with the number left out.</summary>
    public static string List(IReadOnlyList<string> items)
    {
        var lines = items.Take(MostShown).Select(item => $"\n  {item}");
        var rest = items.Count > MostShown ? $"\n  and {items.Count - MostShown} more" : "";
        return string.Concat(lines) + rest;
    }
}
