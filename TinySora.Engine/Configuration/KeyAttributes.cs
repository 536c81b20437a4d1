namespace TinySora.Engine.Configuration;

/// <summary>Marks a derived property that files cannot set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotAKeyAttribute : Attribute;

/// <summary>Marks a key that is optional in files of a dialect, because it has no effect.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionalKeyAttribute : Attribute;

/// <summary>Marks a key that does not affect training results, so a run may be resumed with a different value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayChangeOnResumeAttribute : Attribute;

/// <summary>Marks a common key that is read only by families that list it in <see cref="FamilyConfig.OptionalTrainerKeys"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FamilySpecificAttribute : Attribute;

/// <summary>Specifies the name of a key in published configurations and in files from earlier versions. It is read, but never written.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FormerNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Specifies the spelling of a key or enumeration member in files and commands if it differs from the name in snake_case.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ConfigSpellingAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
