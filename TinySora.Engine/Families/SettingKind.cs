namespace TinySora.Engine.Families;

/// <summary>The kind of value that a setting takes.</summary>
public enum SettingKind
{
    Number,
    WholeNumber,
    Text,
}
