namespace TinySora.Engine.Configuration;

/// <summary>One key with its value, for display.</summary>
/// <param name="Key">Full name, <c>model.dim</c>.</param>
/// <param name="Default">The value an absent key takes.</param>
public sealed record ConfigEntry(string Key, object? Value, object? Default, string Description)
{
    public bool IsDefault => ConfigValue.Write(Value) == ConfigValue.Write(Default);
}
