using TinySora.Engine.Configuration;

namespace TinySora.Host.Binding;

/// <summary>The names that a mistyped one may have meant.</summary>
internal static class Nearest
{
    /// <summary>" Did you mean ...?", or nothing when no name is near.</summary>
    public static string Hint(string wrong, IEnumerable<string> names, string prefix = "")
    {
        string[] near = [.. names.Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(name => (Name: name, Distance: NearestName.Distance(wrong.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(n => n.Distance <= Math.Max(2, wrong.Length / 3)
                || (wrong.Length >= 3 && n.Name.Contains(wrong, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(n => n.Distance).Take(3).Select(n => prefix + n.Name)];
        return near.Length == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
    }
}
