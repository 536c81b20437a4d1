using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Training.Results;

/// <summary>The user's files in a results folder, which a run does not overwrite.</summary>
internal static class UserFiles
{
    /// <summary>
    /// Checks that a run would not overwrite the user's files. In a folder without earlier runs, files whose names runs use belong to the user. Weight files
    /// with names that a model family expects are an exception, because a run uses them as its initial weights.
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

    /// <summary>Returns whether a run has already opened the folder, or the folder contains checkpoints.</summary>
    private static bool IsUsed(string folder) => File.Exists(Path.Combine(folder, ResultsFolder.HolderName)) || CheckpointStore.IsIn(folder);
}
