namespace TinySora.Engine.Configuration;

/// <summary>Finds the name that is most similar to a misspelled one.</summary>
public static partial class NearestName
{
    /// <summary>
    /// Returns the full name of the key or section most similar to <paramref name="name"/>, found in <paramref name="section"/>; <c>null</c> if none is
    /// similar. A key that ends with the name, such as train_lr for lr, counts as one edit. Keys in the same section win ties.
    /// </summary>
    internal static string? Key(ConfigSchema schema, string section, string name)
    {
        var candidates = schema.Keys.Select(k => (k.Section, k.Name, k.FullName));
        if (section.Length == 0)
        {
            candidates = candidates.Concat(schema.Sections.Append(ConfigFile.FamilyKey).Select(s => ("", s, s)));
        }

        return candidates
            .Select(c => (c.FullName, Distance: EndsWith(c.Name) ? 1 : Distance(name, c.Name), Elsewhere: c.Section != section))
            .Where(c => c.Distance <= Farthest(name))
            .OrderBy(c => c.Distance).ThenBy(c => c.Elsewhere).ThenBy(c => c.FullName, StringComparer.Ordinal)
            .Select(c => c.FullName)
            .FirstOrDefault();

        bool EndsWith(string key) => key.EndsWith($"_{name}", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Returns the most similar of several names, ignoring case; <c>null</c> if none is similar.</summary>
    public static string? Find(string name, IEnumerable<string> names) => names
        .Select(known => (Name: known, Distance: Distance(name.ToLowerInvariant(), known.ToLowerInvariant())))
        .Where(known => known.Distance <= Farthest(name))
        .OrderBy(known => known.Distance).Select(known => known.Name).FirstOrDefault();

    private static int Farthest(string name) => Math.Max(1, name.Length / 3);
}
