namespace TinySora.Engine.Configuration;

/// <summary>The spelling of a key or a member of an enumeration in files and commands, where it is not its name in snake_case.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class SpelledAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
