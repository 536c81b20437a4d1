namespace TinySora.Engine.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
public static partial class NearestName
{
    /// <summary>
    /// The full name of the key or section that <paramref name="name"/>, found in <paramref name="section"/>, was
    /// probably meant to be; null when nothing is near. Ties go to the same section.
    /// </summary>
    internal static string? Key(ConfigSchema schema, string section, string name)
    {
        var candidates = schema.Keys.Select(k => (k.Section, k.Name, k.FullName));
        if (section.Length == 0)
        {
            candidates = candidates.Concat(schema.Sections.Append(ConfigFile.FamilyKey).Select(s => ("", s, s)));
        }

        return candidates
            .Select(c => (c.FullName, Distance: Distance(name, c.Name), Elsewhere: c.Section != section))
            .Where(c => c.Distance <= Farthest(name))
            .OrderBy(c => c.Distance).ThenBy(c => c.Elsewhere).ThenBy(c => c.FullName, StringComparer.Ordinal)
            .Select(c => c.FullName)
            .FirstOrDefault();
    }

    /// <summary>The nearest of some names, whatever their case; null when none is near.</summary>
    public static string? Of(string name, IEnumerable<string> names) => names
        .Select(known => (Name: known, Distance: Distance(name.ToLowerInvariant(), known.ToLowerInvariant())))
        .Where(known => known.Distance <= Farthest(name))
        .OrderBy(known => known.Distance).Select(known => known.Name).FirstOrDefault();

    private static int Farthest(string name) => Math.Max(1, name.Length / 3);
}
