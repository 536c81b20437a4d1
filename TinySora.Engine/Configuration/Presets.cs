using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>The files of configs/, which travel inside the assembly.</summary>
public static class Presets
{
    private const string Prefix = "configs/";
    private const string Suffix = ".yaml";

    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(Presets).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The preset's file, comments included.</summary>
    /// <param name="name">Upper and lower case do not matter.</param>
    /// <exception cref="TinySoraException">No preset has this name.</exception>
    public static string Text(string name)
    {
        var known = Names.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw ConfigErrors.UnknownPreset(name, Names);
        using var stream = typeof(Presets).Assembly.GetManifestResourceStream(Prefix + known + Suffix)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
