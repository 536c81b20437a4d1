namespace TinySora.Commands;

/// <summary>The names that -Filter, -Include and -Exclude leave.</summary>
internal sealed class NameFilter(string? filter, string[] include, string[] exclude)
{
    public bool Takes(string name) =>
        (filter is null || Fits(filter, name)) && (include.Length == 0 || include.Any(p => Fits(p, name))) && !exclude.Any(p => Fits(p, name));

    private static bool Fits(string pattern, string name) => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(name);
}
