using System.Globalization;
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
    public static string? Find(string text, Func<string, string> absolute, RunNeed need = RunNeed.Checkpoint) =>
        !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? FindName(text, absolute, need)
        : Path.Exists(absolute(text)) ? null
        : CheckpointStore.PathOf(DefaultPaths.Run(absolute, need), step);

    /// <summary>Resolves a path from a configuration. If the file does not exist, the path may be the name of a bundled or hub model.</summary>
    /// <inheritdoc cref="Find"/>
    public static string OfConfig(string text, Func<string, string> absolute) =>
        text is Latest or Best || File.Exists(absolute(text)) ? absolute(text) : FindName(text, absolute, RunNeed.Checkpoint) ?? absolute(text);

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
