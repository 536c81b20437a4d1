using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
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
}
