namespace TinySora.Engine.Configuration;

/// <summary>How files and commands spell a member of an enumeration, where it is not the member's name in snake_case.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class SpelledAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
