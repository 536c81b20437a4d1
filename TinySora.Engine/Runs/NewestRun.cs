using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Latents;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary>The kind of run that a command requires.</summary>
public enum RunNeed
{
    /// <summary>Any run, even without a checkpoint.</summary>
    Run,

    /// <summary>A run with at least one checkpoint, even if it cannot be read.</summary>
    Checkpoint,

    /// <summary>A run whose newest checkpoint contains all weights, so that an adapter can be trained for it.</summary>
    Base,

    /// <summary>A run whose newest checkpoint generates videos.</summary>
    Video,

    /// <summary>A run whose newest checkpoint is an autoencoder.</summary>
    Autoencoder,
}

/// <summary>The newest run that meets a command's requirement.</summary>
/// <param name="Folder">Results folder of the run; <c>null</c> if no run meets the requirement.</param>
/// <param name="PassedOver">
/// Sentence that explains why the newest of all runs does not meet the requirement; <c>null</c> if it does, or if there are no runs.
/// </param>
public sealed record NewestRun(string? Folder, string? PassedOver)
{
    /// <summary>Finds the newest run that meets the requirement.</summary>
    /// <param name="results">The results folder of one run.</param>
    /// <param name="runs">A folder with runs directly below it.</param>
    public static NewestRun Find(string results, string runs, RunNeed need)
    {
        string? passedOver = null;
        foreach (var folder in Folders(results, runs))
        {
            if (Lack(folder, need) is not string lack)
            {
                return new NewestRun(folder, passedOver);
            }

            passedOver ??= $"The newest run, '{folder}', {lack}.";
        }

        return new NewestRun(null, passedOver);
    }

    /// <summary>
    /// Returns the folders of runs, newest first: runs in progress by their start time, then all other runs by the time of their newest checkpoint or status.
    /// Sorting runs in progress by the time of their status would change their order at every update.
    /// </summary>
    /// <inheritdoc cref="Find"/>
    public static IReadOnlyList<string> Folders(string results, string runs)
    {
        var below = Directory.Exists(runs) ? Directory.GetDirectories(runs) : [];
        return
        [
            .. below.Where(folder => !ResultsFolder.IsAside(folder)).Order(StringComparer.Ordinal).Prepend(results).Where(IsRun).OrderByDescending(Age),
        ];
    }

    /// <summary>Returns whether a folder contains a run; false if it has been removed in the meantime or is not accessible.</summary>
    private static bool IsRun(string folder) =>
        OnFailure.Return(false, () => Directory.Exists(folder) && ResultsFolder.IsRun(folder));

    private static (bool IsLive, DateTime Time) Age(string folder) => OnFailure.Return(default, () =>
    {
        if (ResultsFolder.IsInUse(folder) && RunStatus.Read(folder) is RunStatus status)
        {
            return (true, status.StartedAt.UtcDateTime);
        }

        var times = CheckpointStore.PathsIn(folder).Append(Path.Combine(folder, RunStatus.Name)).Where(File.Exists).Select(File.GetLastWriteTimeUtc);
        return (false, times.DefaultIfEmpty().Max());
    });

    /// <returns>Reason why a run does not meet the requirement, as the predicate of a sentence; <c>null</c> if it does.</returns>
    private static string? Lack(string folder, RunNeed need)
    {
        try
        {
            if (need == RunNeed.Run || !CheckpointStore.IsIn(folder))
            {
                return need == RunNeed.Run ? null : "has no checkpoint yet";
            }

            if (need == RunNeed.Base)
            {
                return CheckpointStore.Latest(folder).AdapterOf is null ? null : "trains an adapter";
            }

            return need == RunNeed.Checkpoint || CodecModel.IsIn(CheckpointStore.Latest(folder)) == (need == RunNeed.Autoencoder) ? null
                : need == RunNeed.Video ? "is an autoencoder"
                : "is not an autoencoder";
        }
        catch (Exception e) when (e is TinySoraException || FileFailure.Is(e))
        {
            return $"cannot be read ({e.Message.TrimEnd('.')})";
        }
    }
}
