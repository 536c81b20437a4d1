using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Training.Results;

/// <summary>Files of the user's in a results folder, which a run does not overwrite.</summary>
internal static class UserFiles
{
    /// <summary>
    /// Checks that a run may write into a folder without overwriting what the user wrote: in a folder that no run has used, a file of a name that runs
    /// write is the user's. Weights that a family keeps under names of its own are not among
    /// these: a run that finds them begins with them.
    /// </summary>
    /// <exception cref="TinySoraException">OutputExists, CannotUseFolder.</exception>
    public static void Check(string folder) => ResultsFolder.Guard(folder, () =>
    {
        if (Directory.Exists(folder) && !IsUsed(folder) && ResultsFolder.OwnFilesIn(folder).FirstOrDefault() is string file)
        {
            throw TrainingErrors.OutputExists(file);
        }

        return true;
    });

    /// <summary>Whether a run has opened the folder before, or left checkpoints there.</summary>
    private static bool IsUsed(string folder) => File.Exists(Path.Combine(folder, ResultsFolder.HolderName)) || CheckpointStore.IsIn(folder);
}
