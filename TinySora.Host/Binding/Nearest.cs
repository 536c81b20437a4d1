namespace TinySora.Host.Binding;

/// <summary>The names that a mistyped one may have meant.</summary>
internal static class Nearest
{
    /// <summary>" Did you mean ...?", or nothing when no name is near.</summary>
    public static string Hint(string wrong, IEnumerable<string> names, string prefix = "")
    {
        string[] near = [.. names.Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(name => (Name: name, Distance: Distance(wrong.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(n => n.Distance <= Math.Max(2, wrong.Length / 3)
                || (wrong.Length >= 3 && n.Name.Contains(wrong, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(n => n.Distance).Take(3).Select(n => prefix + n.Name)];
        return near.Length == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
    }

    // Levenshtein: insertions, deletions and replacements between two texts.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(
                    Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[b.Length];
    }
}
