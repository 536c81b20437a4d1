using System.Text.RegularExpressions;

namespace TinySora.Engine.Studio;

/// <summary>Shortens absolute paths in texts that users may send to others, because paths contain names of users and folders.</summary>
internal static partial class PathText
{
    /// <summary>Replaces each absolute path in a text by its last part.</summary>
    public static string Shorten(string text) => AbsolutePath().Replace(text, path => LastPart(path.Value));

    /// <summary>Replaces absolute paths in the settings of a run, such as <c>training_data_dir=/data/my clips, objective=v</c>.</summary>
    public static string ShortenSettings(string settings) => string.Join(", ", Separator().Split(settings).Select(setting =>
        setting.Split('=', 2) is [var key, var value] ? $"{key}={(Root().IsMatch(value) ? LastPart(value) : Shorten(value))}" : Shorten(setting)));

    private static string LastPart(string path) => path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries).LastOrDefault("");

    /// <summary>Matches an absolute path, with spaces if it is in quotes. A slash within a word, such as in a URL, does not start a path.</summary>
    [GeneratedRegex("""(?<=')(?:[A-Za-z]:[\\/]|\\\\|~?/)[^\r\n]*?(?='(?!\w))|(?<![^\s=('"\[,;])(?:file://)?(?:[A-Za-z]:[\\/]|\\\\|~?/)[^\s"',;)\]]+""")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex("""^(?:[A-Za-z]:[\\/]|\\\\|~?/)""")]
    private static partial Regex Root();

    /// <summary>Matches the separators between settings. A value may contain commas, too.</summary>
    [GeneratedRegex(@", (?=[\w.]+=)")]
    private static partial Regex Separator();
}
