namespace TinySora.Engine.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>
    /// The full name of the key or section that <paramref name="name"/>, found in <paramref name="section"/>, was
    /// probably meant to be; null when nothing is near. Ties go to the same section.
    /// </summary>
    public static string? Key(string section, string name)
    {
        var candidates = ConfigKey.All.Select(k => (k.Section, k.Name, k.FullName));
        if (section.Length == 0)
        {
            candidates = candidates.Concat(ConfigKey.Sections.Select(s => ("", s, s)));
        }

        return candidates
            .Select(c => (c.FullName, Distance: Distance(name, c.Name), Elsewhere: c.Section != section))
            .Where(c => c.Distance <= Math.Max(1, name.Length / 3))
            .OrderBy(c => c.Distance).ThenBy(c => c.Elsewhere).ThenBy(c => c.FullName, StringComparer.Ordinal)
            .Select(c => c.FullName)
            .FirstOrDefault();
    }

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours between two words (Damerau).</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                var substituted = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(substituted, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], 1 + d[i - 2, j - 2]);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
