using TinySora.Engine.Interop;

namespace TinySora.Engine.Configuration;

/// <summary>One key with its value, for display.</summary>
/// <param name="Key">Full name, <c>model.dim</c>.</param>
/// <param name="Default">The value an absent key takes.</param>
public sealed record ConfigEntry(string Key, object? Value, object? Default, string Description)
{
    /// <summary>For whoever reads it or copies it into a file: choices as files spell them, and lists that say their items.</summary>
    public ConfigEntry Shown() => this with { Value = Words(Value), Default = Words(Default) };

    public bool IsDefault => ConfigValue.Write(Value) == ConfigValue.Write(Default);

    private static object? Words(object? value) => value switch
    {
        Enum member => ConfigNames.Of(member),
        IEnumerable<int> numbers => new TextList<int>(numbers),
        IEnumerable<bool> flags => new TextList<bool>(flags),
        _ => value,
    };
}
