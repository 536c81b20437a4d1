using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Checkpoints that have a name: five, and the models of the hub. A folder of that name goes before it.</summary>
internal static class CheckpointNames
{
    /// <summary>The word for the newest checkpoint of a results folder.</summary>
    public const string Latest = "latest";

    /// <summary>The word for the best checkpoint of a results folder.</summary>
    public const string Best = "best";

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
        (Latest, $"the newest checkpoint of {DefaultPaths.Results}"),
        (Best, $"the best checkpoint of {DefaultPaths.Results}"),
        (Shipped, "the model of the shapes world that comes with the module"),
        .. Autoencoders,
        .. OfHub,
    ];

    /// <summary>The models of the hub.</summary>
    public static IEnumerable<(string Name, string What)> OfHub =>
        Hub.Names(Hub.ModelEnding).Select(name => (name, $"a model of the hub, {Environment.GetEnvironmentVariable(Hub.Variable)}"));

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
            Latest => CheckpointStore.Latest(absolute(DefaultPaths.Results)).Path,
            Best => CheckpointStore.Best(absolute(DefaultPaths.Results)).Path,
            Shipped => DefaultPaths.OfModule(name),
            _ when Autoencoders.Any(item => item.Name == name) => DefaultPaths.OfModule(name),
            _ => Hub.Find(name, Hub.ModelEnding),
        };
    }

    /// <summary>The path that a configuration's path stands for: of a model of the module or the hub, where there is no file of its name.</summary>
    /// <inheritdoc cref="Find"/>
    public static string OfConfig(string text, Func<string, string> absolute) =>
        text is Latest or Best || File.Exists(absolute(text)) ? absolute(text) : Find(text, absolute) ?? absolute(text);
}
