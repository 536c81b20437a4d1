using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Folders that cmdlets use when none is named, relative to the caller's location.</summary>
internal static class DefaultPaths
{
    /// <summary>Clips to train on: where New-TinySoraDataset writes and the presets look.</summary>
    public const string Data = "./training_data";

    /// <summary>Results folder of configurations that name none.</summary>
    public const string Results = "./saved_models";

    /// <summary>Folder of all other runs: those of presets, and one for each combination of values of -Set.</summary>
    public const string Runs = "./runs";

    /// <summary>Results folder of -Budget without a configuration: whichever preset it takes, the same command finds the run again.</summary>
    public const string BudgetRun = Runs + "/budget";

    public const string Videos = "./results";

    /// <summary>The folder of latents and tokens.</summary>
    public const string Latents = "./latents";

    /// <summary>Returns the results folder of an import: below <see cref="Runs"/>, with the name of the imported file or folder.</summary>
    public static string RunOf(string fileOrFolder) => Path.Combine(Runs, Directory.Exists(fileOrFolder)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(fileOrFolder)) : Path.GetFileNameWithoutExtension(fileOrFolder));

    /// <summary>The small model of the shapes world that comes with the module.</summary>
    public static string Model { get; } = OfModule(CheckpointNames.Shipped);

    /// <summary>The file of a model that comes with the module.</summary>
    public static string OfModule(string name) => Companion.InModule(name + CheckpointStore.Extension);

    /// <summary>Finds the newest run in <see cref="Results"/> and <see cref="Runs"/> that has what a command needs.</summary>
    /// <param name="absolute">Makes a path absolute.</param>
    public static NewestRun NewestRun(Func<string, string> absolute, RunNeed need) => Engine.Runs.NewestRun.Find(absolute(Results), absolute(Runs), need);

    /// <summary>Returns the folder of <see cref="NewestRun"/>, or <see cref="Results"/> if no run has what is needed.</summary>
    /// <inheritdoc cref="NewestRun"/>
    public static string Run(Func<string, string> absolute, RunNeed need) => NewestRun(absolute, need).Folder ?? absolute(Results);

    /// <summary>Returns the folder of the newest run of an autoencoder, or of the only one elsewhere below the current location.</summary>
    /// <inheritdoc cref="NewestRun"/>
    public static string Autoencoder(Func<string, string> absolute) =>
        NewestRun(absolute, RunNeed.Autoencoder).Folder
        ?? (CodecModel.RunsBelow(absolute(".")).Take(2).ToList() is [var only] ? only : absolute(Results));
}
