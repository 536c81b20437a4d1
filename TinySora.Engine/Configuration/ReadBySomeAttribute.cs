namespace TinySora.Engine.Configuration;

/// <summary>Marks a key of the common sections that not every family reads; those that do name it in <see cref="FamilyConfig.Reads"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReadBySomeAttribute : Attribute;
