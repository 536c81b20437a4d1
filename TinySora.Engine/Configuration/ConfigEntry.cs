using TinySora.Engine.Formats;

namespace TinySora.Engine.Configuration;

/// <summary>One key with its value, for display.</summary>
/// <param name="Key">Full name, <c>model.dim</c>.</param>
/// <param name="Default">The value an absent key takes.</param>
public sealed record ConfigEntry(string Key, object? Value, object? Default, string Description)
{
    /// <summary>The entry as it is shown: choices as files spell them, and lists item by item.</summary>
    public ConfigEntry Shown() => this with { Value = Words(Value), Default = Words(Default) };

    /// <summary>The key, or the section, that was probably meant; null: none is near.</summary>
    public static string? Nearest(string key, IReadOnlyList<ConfigEntry> entries)
    {
        var names = entries.Select(entry => entry.Key).ToList();
        var sections = names.Where(name => name.Contains('.', StringComparison.Ordinal)).Select(name => name.Split('.')[0]);
        return sections.FirstOrDefault(section => section.Equals(key, StringComparison.OrdinalIgnoreCase)) is string section
            ? $"{section}.*"
            : NearestName.Of(key, names);
    }

    public bool IsDefault => ConfigValue.Write(Value) == ConfigValue.Write(Default);

    private static object? Words(object? value) => value switch
    {
        Enum member => ConfigNames.Of(member),
        IEnumerable<int> numbers => new TextList<int>(numbers),
        IEnumerable<bool> flags => new TextList<bool>(flags),
        _ => value,
    };

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => $"{Key}: {ConfigValue.Write(Value)}";
}
