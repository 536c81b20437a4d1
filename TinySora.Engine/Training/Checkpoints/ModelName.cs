namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Creates short names of models for display in tables.</summary>
public static class ModelName
{
    /// <summary>Name of the default folder of runs. Names of models in it start with this name.</summary>
    private const string Runs = "runs";

    /// <summary>
    /// Returns the folder and step of a run's checkpoint, such as <c>runs/films 3000</c> or <c>saved_models 400</c>, or the name of any other file without its
    /// extension, such as <c>shapes-lean</c>. For a checkpoint without a folder, as in recipes, the result is like <c>step 3000</c>.
    /// </summary>
    /// <param name="checkpoint">Path or name of the file.</param>
    public static string Of(string checkpoint)
    {
        if (CheckpointStore.StepOf(checkpoint) is not int step)
        {
            return Path.GetFileNameWithoutExtension(checkpoint);
        }

        var folder = Path.GetDirectoryName(checkpoint) ?? "";
        var run = Path.GetFileName(folder);
        var isInRuns = Path.GetFileName(Path.GetDirectoryName(folder)) == Runs;
        return FormattableString.Invariant($"{(run.Length == 0 ? "step" : isInRuns ? $"{Runs}/{run}" : run)} {step}");
    }
}
