namespace TinySora.Engine.Configuration;

/// <summary>A key of the sections of all families that not every one reads: those that do say so in <see cref="FamilyConfig.Reads"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReadBySomeAttribute : Attribute;
