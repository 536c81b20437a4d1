namespace TinySora.Engine.Families;

/// <summary>What a setting's value is.</summary>
public enum SettingKind
{
    Number,
    WholeNumber,
    Text,
}
