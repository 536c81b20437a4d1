namespace TinySora.Engine.Configuration;

/// <summary>One combination of settings, and a name for it that a folder can have.</summary>
/// <param name="Name">Of the settings that vary, such as <c>objective=v+train_lr=0.0001</c>; empty where none does.</param>
public sealed record ConfigCell(string Name, IReadOnlyList<ConfigSetting> Settings);
