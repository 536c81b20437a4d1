using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Checkpoints that have a name: three, and the models of the hub. A folder of that name goes before it.</summary>
internal static class CheckpointNames
{
    /// <summary>The word for the newest checkpoint of a results folder.</summary>
    public const string Latest = "latest";

    /// <summary>The word for the best checkpoint of a results folder.</summary>
    public const string Best = "best";

    /// <summary>The small model that comes with the module: the preset that it was trained with.</summary>
    public const string Shipped = ConfigSource.DefaultPreset;

    /// <summary>All names of checkpoints, each with a description.</summary>
    public static IReadOnlyList<(string Name, string What)> All =>
    [
        (Latest, $"the newest checkpoint of {DefaultPaths.Results}"),
        (Best, $"the best checkpoint of {DefaultPaths.Results}"),
        (Shipped, "the model of the shapes world that comes with the module"),
        .. Hub.Names(Hub.ModelEnding).Select(name => (name, $"a model of the hub, {Environment.GetEnvironmentVariable(Hub.Variable)}")),
    ];

    /// <summary>The path of the checkpoint that has a name; null: it is no name, but a path.</summary>
    /// <param name="absolute">Makes a path absolute.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, NoneReadable, NoBest.</exception>
    public static string? Find(string text, Func<string, string> absolute)
    {
        if (All.FirstOrDefault(item => item.Name.Equals(text, StringComparison.OrdinalIgnoreCase)).Name is not string name
            || Directory.Exists(absolute(text)))
        {
            return null;
        }

        return name switch
        {
            Shipped => DefaultPaths.Model,
            Latest => CheckpointStore.Latest(absolute(DefaultPaths.Results)).Path,
            Best => CheckpointStore.Best(absolute(DefaultPaths.Results)).Path,
            _ => Hub.Find(name, Hub.ModelEnding),
        };
    }
}
