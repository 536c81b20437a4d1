using TinySora.Engine.Interop;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Folders that cmdlets use when none is named, relative to the caller's location; the names are the original's.</summary>
internal static class DefaultPaths
{
    /// <summary>Clips to train on: where New-TinySoraDataset writes and the presets look.</summary>
    public const string Data = "./training_data";

    /// <summary>The folder of checkpoints: training writes there, and generation looks there.</summary>
    public const string Results = "./saved_models";

    /// <summary>The folders of several runs: where training in cells writes and comparison looks.</summary>
    public const string Runs = "./runs";

    /// <summary>The folder of generated videos.</summary>
    public const string Videos = "./results";

    /// <summary>The folder of latents and tokens.</summary>
    public const string Latents = "./latents";

    /// <summary>The small model of the shapes world that comes with the module.</summary>
    public static string Model { get; } = OfModule(CheckpointNames.Shipped);

    /// <summary>The file of a model that comes with the module.</summary>
    public static string OfModule(string name) => Companion.InModule(name + CheckpointStore.Extension);

    /// <summary>What to generate from when nothing is named: <see cref="Results"/>, or the module's model where nothing was trained.</summary>
    /// <param name="absolute">Makes a path absolute.</param>
    public static string Checkpoint(Func<string, string> absolute) => absolute(Results) is var folder && CheckpointStore.IsIn(folder) ? folder : Model;
}
