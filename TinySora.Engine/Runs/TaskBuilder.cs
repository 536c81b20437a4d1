using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using static TorchSharp.torch;

namespace TinySora.Engine.Runs;

/// <summary>The task that a run trains: a new one, that of its checkpoint, or one that starts from the weights of another run.</summary>
internal static class TaskBuilder
{
    /// <param name="metadata">Of the checkpoint that the run continues from, whose weights the caller loads; null: there is none.</param>
    /// <exception cref="TinySoraException">OtherInitialModel, and those of <see cref="ModelFamily.Create"/> and <see cref="ModelFamily.Restore"/>.</exception>
    public static ITrainingTask Build(
        TrainingRequest request, RunConfig config, IReadOnlyDictionary<string, string>? metadata, IExamples data, long seed, Device device,
        ITrainingObserver observer)
    {
        var family = ModelFamilies.Of(config);
        manual_seed(seed);
        if (metadata is not null)
        {
            return family.Restore(config, metadata, device);
        }

        if (request.InitialCheckpoint is null)
        {
            return family.Create(config, data, device);
        }

        using var initial = CheckpointStore.Load(request.InitialCheckpoint);
        var differences = ConfigFile.Compare(initial.Config, config).Where(difference => IsOfTheModel(difference.Key)).ToList();
        if (differences.Count > 0)
        {
            throw TrainingErrors.OtherInitialModel(initial.Info.Path, [.. differences.Select(difference => difference.ThereAndHere())]);
        }

        // Words that are new to the model get vectors of their own beside those that it has learned.
        var task = family.Restore(config, initial.TaskMetadata, device, data);
        initial.LoadWeights(task.Model, averaged: true, mayGrow: true);
        observer.Message($"Starting from the weights of '{initial.Info.Path}'.");
        return task;
    }

    /// <summary>Another family, or another network; how it is trained may differ.</summary>
    private static bool IsOfTheModel(string key) => key == ConfigFile.FamilyKey || key.StartsWith("model.", StringComparison.Ordinal);
}
