using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Finds the checkpoint that a training request resumes from.</summary>
internal static class Continuation
{
    /// <returns>The checkpoint; <c>null</c> for a new run.</returns>
    /// <param name="folder">Results folder, which may not exist.</param>
    /// <param name="warn">Receives a warning about each corrupt checkpoint that is skipped.</param>
    /// <exception cref="TinySoraException">NothingToResume, NoSuchStep, OtherConfiguration, OtherRun, NoneReadable, CannotRead.</exception>
    public static CheckpointInfo? Find(TrainingRequest request, string folder, Action<string> warn)
    {
        var found = Directory.Exists(folder) ? CheckpointStore.List(folder) : [];
        if (request.FromStep is null)
        {
            CheckpointStore.Newest(found);
        }

        foreach (var damaged in found.Where(info => !info.IsReadable))
        {
            warn($"{damaged.Problem} This checkpoint is skipped.");
        }

        var readable = found.Where(info => info.IsReadable).ToList();
        if (readable.Count == 0)
        {
            return found.Count > 0 ? throw CheckpointErrors.NoneReadable(folder, found.Select(info => info.Problem!))
                : request.Resume || request.FromStep is not null ? throw TrainingErrors.NothingToResume(folder) : null;
        }

        var chosen = request.FromStep is null ? readable[^1]
            : readable.LastOrDefault(info => info.Step == request.FromStep)
            ?? throw TrainingErrors.NoSuchStep(request.FromStep.Value, folder, readable.Select(info => info.Step));
        if (chosen.AdapterOf?.Name != request.Adapter)
        {
            throw AdapterErrors.OtherRun(folder, chosen.AdapterOf?.Name, request.Adapter);
        }

        var differences = ConfigFile.Compare(ConfigFile.ParseStored(chosen.ConfigYaml, $"{chosen.Path} (configuration)"), request.Seeded);
        return differences.Count == 0 ? chosen : throw TrainingErrors.OtherConfiguration(
            folder, chosen.Path, [.. differences.Select(difference => difference.Describe())]);
    }

    /// <summary>Warns if the request has an initial checkpoint, but resumes a run that started from other weights.</summary>
    /// <param name="resumed">Open checkpoint of the run. An earlier version may not have recorded the initial weights.</param>
    public static void CheckInitial(TrainingRequest request, Checkpoint resumed, Action<string> warn)
    {
        if (request is not { InitialCheckpoint: string initial, Adapter: null } || resumed.InitialHash is not string hash)
        {
            return;
        }

        var isSame = OnFailure.Return(false, () => OnFailure.Recover(false, () =>
        {
            using var source = CheckpointStore.Load(initial);
            return PathComparer.Of.Equals(FolderOf(source), FolderOf(resumed)) || ModelWeights.Hash(source.File, source.Family.Published) == hash;
        }));
        if (!isSame)
        {
            warn($"The results folder contains a run, which is resumed from '{resumed.Info.Path}'; -InitialCheckpoint '{initial}' has no effect. "
                + "To start from that checkpoint, specify another -ResultsPath, or use -Force, which moves the files of the run to a subfolder.");
        }

        static string? FolderOf(Checkpoint checkpoint) => Path.GetDirectoryName(Path.GetFullPath(checkpoint.Info.Path));
    }
}
