using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>Settings as written in a YAML file.</summary>
internal static class Settings
{
    /// <param name="settings">Settings such as `model.dim=8; clip.frames=4`.</param>
    /// <param name="home">Folder that `~` stands for.</param>
    public static IReadOnlyList<ConfigSetting> Several(FamilyConfig family, string settings, string home) =>
    [
        .. settings.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
            .Select(pair => Of(family, pair[0], pair[1].Replace("~", home, StringComparison.Ordinal))),
    ];

    /// <param name="text">A value, or a list such as [1, 2] or [true, false].</param>
    public static ConfigSetting Of(FamilyConfig family, string key, string text) =>
        ConfigSetting.Create(family, key, text.StartsWith('[') ? text.Trim('[', ']').Split(", ") : text);
}
