using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs;

/// <summary>Describes the progress of an unfinished run, so that its results are not mistaken for those of a fully trained model.</summary>
public static class UnfinishedRun
{
    /// <summary>Returns a sentence for each unfinished model that a configuration depends on: its autoencoder and its teacher.</summary>
    public static IEnumerable<string> FindForDependencies(FamilyConfig family)
    {
        var paths = new List<string>();
        family.MapPaths(path =>
        {
            paths.Add(path);
            return path;
        });
        return paths.Where(Path.Exists).Select(CheckpointStore.NewestReadable).OfType<CheckpointInfo>().Select(Of).OfType<string>();
    }

    /// <returns>A sentence about the run's progress; <c>null</c> if the run is finished, or if the checkpoint does not belong to a run.</returns>
    public static string? Of(CheckpointInfo checkpoint)
    {
        if (RunStatus.Read(Path.GetDirectoryName(checkpoint.Path)!) is not RunStatus status
            || status.State is RunState.LossReached or RunState.EarlyStopping)
        {
            return null;
        }

        var what = (status.Ending is string ending ? $"was {ending} and " : "") + "is not fully trained";
        var trainer = ConfigFile.ParseStored(checkpoint.ConfigYaml, checkpoint.Path).Trainer;
        if (trainer.TrainMinutes is double minutes)
        {
            var share = checkpoint.Spent.TotalMinutes / minutes;
            return share >= 1 ? null : FormattableString.Invariant(
                $"The model in '{checkpoint.Path}' {what}: {share:0 %} of its {minutes:0.##} minutes.");
        }

        var steps = trainer.TrainNumSteps;
        var total = steps.InEpochs ? status.ConfiguredSteps ?? status.TotalSteps : steps.Steps;
        return checkpoint.Step >= total ? null : FormattableString.Invariant(
            $"The model in '{checkpoint.Path}' {what}: {checkpoint.Step} of {total} steps, {(double)checkpoint.Step / total:0 %}.");
    }
}
