namespace TinySora.Engine.Configuration;

/// <summary>Marks a key that files of a dialect need not have, because nothing depends on it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayBeAbsentAttribute : Attribute;
