using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>Settings as written in a YAML file.</summary>
internal static class Settings
{
    /// <param name="text">A value, or a list such as [1, 2] or [true, false].</param>
    public static ConfigSetting Of(FamilyConfig family, string key, string text) =>
        ConfigSetting.Create(family, key, text.StartsWith('[') ? text.Trim('[', ']').Split(", ") : text);
}
