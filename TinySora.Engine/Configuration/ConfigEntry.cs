namespace TinySora.Engine.Configuration;

/// <summary>One key with its value, for display.</summary>
/// <param name="Key">Full name, <c>model.dim</c>.</param>
/// <param name="Default">The value an absent key takes.</param>
public sealed record ConfigEntry(string Key, object? Value, object? Default, string Description)
{
    public bool IsDefault => ConfigValue.Write(Value) == ConfigValue.Write(Default);
}

/// <summary>A key in which two configurations differ; the values as YAML writes them.</summary>
public sealed record ConfigDifference(string Key, string Left, string Right)
{
    /// <summary>A line for an error that lists what differs.</summary>
    internal string ThereAndHere() => $"{Key}: {Left ?? "(not set)"} there, {Right ?? "(not set)"} here";
}
