using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Properties by names and wildcards, in the order asked for.</summary>
internal static class PropertyPatterns
{
    /// <summary>A plain name is kept even when the object lacks it.</summary>
    public static IEnumerable<string> Expand(IEnumerable<string> patterns, PSObject value) => patterns.SelectMany(pattern =>
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
        {
            return [value.Properties[pattern]?.Name ?? pattern];
        }

        WildcardPattern wildcard = new(pattern, WildcardOptions.IgnoreCase);
        return value.Properties.Select(p => p.Name).Where(wildcard.IsMatch);
    }).Distinct(StringComparer.OrdinalIgnoreCase);
}
