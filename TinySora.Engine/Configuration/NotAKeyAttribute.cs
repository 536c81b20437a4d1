namespace TinySora.Engine.Configuration;

/// <summary>Marks a derived property that no file may set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotAKeyAttribute : Attribute;
