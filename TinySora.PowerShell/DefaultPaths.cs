using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell;

/// <summary>Default folders of cmdlets, relative to the caller's location.</summary>
internal static class DefaultPaths
{
    /// <summary>Folder of clips to train on, which New-TinySoraDataset writes to and presets read from.</summary>
    public const string Data = "./training_data";

    /// <summary>Results folder for configurations that do not specify one.</summary>
    public const string Results = "./saved_models";

    /// <summary>Parent folder of other runs: runs of presets, and runs of -Set with several values.</summary>
    public const string Runs = "./runs";

    /// <summary>Results folder for -Budget without -Config. It is the same for all presets, so that rerunning the command resumes the run.</summary>
    public const string BudgetRun = Runs + "/budget";

    public const string Videos = "./results";

    /// <summary>Folder for latents and tokens.</summary>
    public const string Latents = "./latents";

    /// <summary>Returns the results folder for an import: a subfolder of <see cref="Runs"/> with the name of the imported file or folder.</summary>
    public static string RunOf(string fileOrFolder) => Path.Combine(Runs, Directory.Exists(fileOrFolder)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(fileOrFolder)) : Path.GetFileNameWithoutExtension(fileOrFolder));

    /// <summary>Finds the newest run in <see cref="Results"/> and <see cref="Runs"/> that meets a command's requirement.</summary>
    /// <param name="absolute">Function that converts a path to an absolute path.</param>
    public static NewestRun NewestRun(Func<string, string> absolute, RunNeed need) => Engine.Runs.NewestRun.Find(absolute(Results), absolute(Runs), need);

    /// <summary>Returns the folder of <see cref="NewestRun"/>.</summary>
    /// <exception cref="TinySoraException">NoRuns; NoSuitableRun: no run meets the requirement.</exception>
    /// <inheritdoc cref="NewestRun"/>
    public static string Run(Func<string, string> absolute, RunNeed need)
    {
        var newest = NewestRun(absolute, need);
        return newest.Folder
            ?? throw (newest.PassedOver is string why ? CheckpointErrors.NoSuitableRun(absolute(Runs), why) : TrainingErrors.NoRuns(absolute(Runs)));
    }

    /// <summary>
    /// Returns the folder of the newest autoencoder run in <see cref="Results"/> and <see cref="Runs"/>. If there is none, but the current location contains
    /// exactly one autoencoder run, returns its folder.
    /// </summary>
    /// <inheritdoc cref="NewestRun"/>
    public static string Autoencoder(Func<string, string> absolute) =>
        NewestRun(absolute, RunNeed.Autoencoder).Folder
        ?? (CodecModel.RunsBelow(absolute(".")).Take(2).ToList() is [var only] ? only : absolute(Results));
}
