namespace TinySora.Engine.Configuration;

/// <summary>Marks a derived property that no file may set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotAKeyAttribute : Attribute;

/// <summary>Marks a key that files of a dialect need not have, because nothing depends on it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayBeAbsentAttribute : Attribute;

/// <summary>Marks a key that does not change what is learned: a run may be resumed with another value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayChangeOnResumeAttribute : Attribute;

/// <summary>Marks a key of the common sections that not every family reads; those that do name it in <see cref="FamilyConfig.Reads"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReadBySomeAttribute : Attribute;

/// <summary>A key's name in published configurations and in files of earlier versions: it is read as the key, and never written.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FormerNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>The spelling of a key or a member of an enumeration in files and commands, where it is not its name in snake_case.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class SpelledAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
