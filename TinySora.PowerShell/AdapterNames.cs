using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Finds the adapters that -Adapter specifies, such as <c>cat=0.8, style</c>.</summary>
internal static partial class AdapterNames
{
    /// <param name="texts">Names or paths, each optionally with a strength. A text from a table may contain several, separated by commas.</param>
    /// <param name="absolute">Function that converts a path to an absolute path.</param>
    /// <exception cref="TinySoraException">BadStrength, NotFound.</exception>
    public static IReadOnlyList<AppliedAdapter> Find(IEnumerable<string>? texts, Func<string, string> absolute) =>
    [
        .. (texts ?? []).SelectMany(text => Separator().Split(text)).Where(text => !string.IsNullOrWhiteSpace(text)).Select(text =>
        {
            var (name, strength) = AppliedAdapter.Parse(text);
            return new AppliedAdapter(PathOf(name, absolute), strength);
        }),
    ];

    /// <summary>
    /// Returns the path of the adapter: a file, the adapter of a run in a folder, or a file or folder with this name in the default folder of runs or in the
    /// hub.
    /// </summary>
    private static string PathOf(string name, Func<string, string> absolute)
    {
        string[] places = [absolute(name), absolute(name + CheckpointStore.Extension), absolute(Path.Combine(DefaultPaths.Runs, name))];
        return places.Select(AdapterAt).Append(Hub.Find(name, Hub.ModelEnding)).FirstOrDefault(path => path is not null)
            ?? throw AdapterErrors.NotFound(name, places.Distinct());
    }

    private static string? AdapterAt(string path) => File.Exists(path) ? path
        : Path.Combine(path, AdapterInfo.FileName) is var file && File.Exists(file) ? file
        : Directory.Exists(path) && CheckpointStore.IsIn(path) ? CheckpointStore.Latest(path).Path
        : null;

    /// <summary>Matches a comma between adapters, but not a decimal comma, as in cat=0,8, which is an error.</summary>
    [GeneratedRegex(@"(?<!=\s*[-+]?[0-9]+),|,(?![0-9]+\s*(?:,|$))")]
    private static partial Regex Separator();
}
