namespace TinySora.Engine.Configuration;

/// <summary>A key that does not change what is learned: a run may be resumed with another value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MayChangeOnResumeAttribute : Attribute;

/// <summary>A derived property that no file may set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotAKeyAttribute : Attribute;
