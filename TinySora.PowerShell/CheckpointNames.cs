using System.Globalization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>
/// Names of checkpoints: six fixed names, models in the hub, and steps of the newest run. A folder of checkpoints with the same name takes precedence.
/// </summary>
internal static class CheckpointNames
{
    public const string Latest = "latest", Best = "best";

    /// <summary>All names of checkpoints, each with a description.</summary>
    public static IReadOnlyList<(string Name, string What)> All =>
    [
        (Latest, "the newest checkpoint of the newest run"),
        (Best, "the best checkpoint of the newest run"),
        .. BundledModels.Generators,
        .. BundledModels.Autoencoders,
        .. OfHub,
    ];

    /// <summary>The models in the hub, each with a description.</summary>
    public static IEnumerable<(string Name, string What)> OfHub =>
        Hub.Names(Hub.ModelEnding).Select(name => (name, $"a model in the hub {Environment.GetEnvironmentVariable(Hub.Variable)}"));

    /// <summary>Returns the path of the checkpoint with a given name or step, or `null` if the text is a path.</summary>
    /// <param name="absolute">Function that converts a path to an absolute path.</param>
    /// <param name="need">Requirement that the newest run must meet; `latest`, `best` and steps refer to this run.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, NoneReadable, NoBest.</exception>
    public static string? Find(string text, Func<string, string> absolute, RunNeed need = RunNeed.Checkpoint)
    {
        if (FindName(text, absolute, need) is string named)
        {
            return named;
        }

        if (text.AsSpan().ContainsAny('*', '?', '[') || Path.Exists(absolute(text)))
        {
            return null;
        }

        // A step of the newest run, or of a run as in the column Model.
        var (folder, number) = text.LastIndexOf(' ') is > 0 and var space ? (text[..space], text[(space + 1)..]) : (null, text);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && (folder is null || Directory.Exists(absolute(folder)))
            ? CheckpointStore.PathOf(folder is null ? DefaultPaths.Run(absolute, need) : absolute(folder), step)
            : Hint(text, absolute) is string hint ? throw CheckpointErrors.NoSuchName(text, hint) : null;
    }

    /// <summary>Resolves a path from a configuration. If the file does not exist, the path may be the name of a bundled or hub model.</summary>
    /// <inheritdoc cref="Find"/>
    public static string OfConfig(string text, Func<string, string> absolute) =>
        text is Latest or Best || File.Exists(absolute(text)) ? absolute(text) : FindName(text, absolute, RunNeed.Checkpoint) ?? absolute(text);

    /// <summary>Returns a sentence about what a name that does not exist may stand for; <c>null</c> if that is unknown.</summary>
    private static string? Hint(string text, Func<string, string> absolute) =>
        Directory.Exists(Path.Combine(absolute(DefaultPaths.Runs), text)) ? $"To use the run with this name, specify {DefaultPaths.Runs}/{text}."
        : Presets.Names.Contains(text, StringComparer.OrdinalIgnoreCase) ? $"{text} is a preset. Train a model with it: Start-TinySoraTraining {text}."
        : NearestName.Find(text, All.Select(item => item.Name)) is string name ? $"Did you mean {name}?"
        : null;

    private static string? FindName(string text, Func<string, string> absolute, RunNeed need)
    {
        if (All.FirstOrDefault(item => item.Name.Equals(text, StringComparison.OrdinalIgnoreCase)).Name is not string name
            || CheckpointStore.IsIn(absolute(text)))
        {
            return null;
        }

        return name switch
        {
            Latest => CheckpointStore.Latest(DefaultPaths.Run(absolute, need)).Path,
            Best => CheckpointStore.Best(DefaultPaths.Run(absolute, need)).Path,
            _ => BundledModels.Generators.Concat(BundledModels.Autoencoders).Any(item => item.Name == name)
                ? BundledModels.PathOf(name) : Hub.Find(name, Hub.ModelEnding),
        };
    }
}
