namespace TinySora.Engine.Configuration;

/// <summary>Marks a key that does not change what is learned: a run may be resumed with another value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayChangeOnResumeAttribute : Attribute;
