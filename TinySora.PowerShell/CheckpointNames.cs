using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Checkpoints that have a name: five, the models of the hub, and steps of the newest run. A folder of that name has priority.</summary>
internal static class CheckpointNames
{
    public const string Latest = "latest", Best = "best";

    /// <summary>The small model that comes with the module: the preset that it was trained with.</summary>
    public const string Shipped = "shapes-lean";

    /// <summary>The autoencoders of clips that come with the module, for models of latents and of tokens.</summary>
    public static IReadOnlyList<(string Name, string What)> Autoencoders { get; } =
    [
        ("clips-vae", "the autoencoder that comes with the module, which makes latents of clips"),
        ("clips-fsq", "the autoencoder that comes with the module, which makes tokens of clips"),
    ];

    /// <summary>All names of checkpoints, each with a description.</summary>
    public static IReadOnlyList<(string Name, string What)> All =>
    [
        (Latest, "the newest checkpoint of the newest run"),
        (Best, "the best checkpoint of the newest run"),
        (Shipped, "the model of the shapes world that comes with the module"),
        .. Autoencoders,
        .. OfHub,
    ];

    /// <summary>The models of the hub.</summary>
    public static IEnumerable<(string Name, string What)> OfHub =>
        Hub.Names(Hub.ModelEnding).Select(name => (name, $"a model of the hub, {Environment.GetEnvironmentVariable(Hub.Variable)}"));

    /// <summary>Returns the path of the checkpoint that has a name or is of a step; `null` for a path.</summary>
    /// <param name="absolute">Makes a path absolute.</param>
    /// <param name="need">What the newest run must have, of which `latest`, `best` and steps are.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, NoneReadable, NoBest.</exception>
    public static string? Find(string text, Func<string, string> absolute, RunNeed need = RunNeed.Checkpoint) =>
        !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? FindName(text, absolute, need)
        : Path.Exists(absolute(text)) ? null
        : CheckpointStore.PathOf(DefaultPaths.Run(absolute, need), step);

    /// <summary>Returns the path that a configuration's path stands for: that of a bundled model or one of the hub, if there is no file of its name.</summary>
    /// <inheritdoc cref="Find"/>
    public static string OfConfig(string text, Func<string, string> absolute) =>
        text is Latest or Best || File.Exists(absolute(text)) ? absolute(text) : FindName(text, absolute, RunNeed.Checkpoint) ?? absolute(text);

    private static string? FindName(string text, Func<string, string> absolute, RunNeed need)
    {
        if (All.FirstOrDefault(item => item.Name.Equals(text, StringComparison.OrdinalIgnoreCase)).Name is not string name
            || Directory.Exists(absolute(text)))
        {
            return null;
        }

        return name switch
        {
            Latest => CheckpointStore.Latest(DefaultPaths.Run(absolute, need)).Path,
            Best => CheckpointStore.Best(DefaultPaths.Run(absolute, need)).Path,
            _ => name == Shipped || Autoencoders.Any(item => item.Name == name) ? DefaultPaths.OfModule(name) : Hub.Find(name, Hub.ModelEnding),
        };
    }
}
