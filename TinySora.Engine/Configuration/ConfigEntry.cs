using TinySora.Engine.Formats;

namespace TinySora.Engine.Configuration;

/// <summary>A configuration key with its value, default and description, for display.</summary>
/// <param name="Key">Full name, such as <c>model.dim</c>.</param>
/// <param name="Default">Value that applies if the key is absent.</param>
public sealed record ConfigEntry(string Key, object? Value, object? Default, string Description)
{
    /// <summary>Returns the entry for display, with enumeration values as they are spelled in files and lists as text.</summary>
    public ConfigEntry ForDisplay() => this with { Value = Words(Value), Default = Words(Default) };

    /// <summary>Returns the name of the key or section most similar to a misspelled key; <c>null</c> if none is similar.</summary>
    public static string? Nearest(string key, IReadOnlyList<ConfigEntry> entries)
    {
        var names = entries.Select(entry => entry.Key).ToList();
        var sections = names.Where(name => name.Contains('.', StringComparison.Ordinal)).Select(name => name.Split('.')[0]);
        return sections.FirstOrDefault(section => section.Equals(key, StringComparison.OrdinalIgnoreCase)) is string section
            ? $"{section}.*"
            : NearestName.Find(key, names);
    }

    public bool IsDefault => ConfigValue.Write(Value) == ConfigValue.Write(Default);

    private static object? Words(object? value) => value switch
    {
        Enum member => ConfigNames.GetValue(member),
        IEnumerable<int> numbers => new TextList<int>(numbers),
        IEnumerable<bool> flags => new TextList<bool>(flags),
        _ => value,
    };

    /// <summary>Returns the key and its value on one line.</summary>
    public override string ToString() => $"{Key}: {ConfigValue.Write(Value)}";
}
