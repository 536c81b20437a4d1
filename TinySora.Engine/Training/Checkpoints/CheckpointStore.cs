using System.Globalization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>The checkpoints in a results folder, such as <c>step-00000400.safetensors</c>.</summary>
public static class CheckpointStore
{
    public const string Extension = ".safetensors";

    /// <summary>File name pattern of checkpoints; messages also quote it.</summary>
    internal const string Pattern = CheckpointErrors.FileNames;

    private static readonly string Prefix = Pattern[..Pattern.IndexOf('*', StringComparison.Ordinal)];

    /// <summary>
    /// Returns the checkpoints in a folder in order of their steps, or the checkpoint at a path. Corrupt files are included, with their <see
    /// cref="CheckpointInfo.Problem"/>; unfinished files are not.
    /// </summary>
    /// <param name="bests">
    /// Names of the best checkpoints by folder, for calls with many files of a folder: the first call reads all files in the folder and adds the best one.
    /// <c>null</c> to read them in each call.
    /// </param>
    /// <exception cref="TinySoraException">NotFound.</exception>
    public static IReadOnlyList<CheckpointInfo> List(string fileOrFolder, Dictionary<string, string?>? bests = null)
    {
        if (Find(fileOrFolder) is CheckpointInfo one)
        {
            return [one with { IsBest = IsBestInFolder(one, bests ?? []) }];
        }

        if (!Directory.Exists(fileOrFolder))
        {
            throw CheckpointErrors.NotFound(fileOrFolder, ImportableWeights.At(fileOrFolder, autoencoder: false));
        }

        return InFolder(fileOrFolder);
    }

    private static List<CheckpointInfo> InFolder(string folder)
    {
        var found = Directory.EnumerateFiles(folder, Pattern)
            .Where(path => StepOf(path) is not null).Select(path => Find(path, followsLink: false)).OfType<CheckpointInfo>()
            .OrderBy(info => info.Step).ThenBy(info => info.SavedAt).ToList();
        var newest = found.LastOrDefault(info => info.IsReadable);
        var best = FindBest(found, BestMetric.Parse(newest?.BestBy ?? BestMetric.Loss), newest?.Rows is not null);
        return [.. found.Select(info => info == best ? info with { IsBest = true } : info)];
    }

    private static bool IsBestInFolder(CheckpointInfo info, Dictionary<string, string?> bests)
    {
        if (!info.IsReadable || StepOf(info.Path) is null)
        {
            return false;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(info.Path))!;
        if (!bests.TryGetValue(folder, out var best))
        {
            best = OnFailure.Return(null, () => Path.GetFileName(InFolder(folder).Find(other => other.IsBest)?.Path));
            bests.Add(folder, best);
        }

        return best == Path.GetFileName(info.Path);
    }

    /// <summary>Returns the newest readable checkpoint in a folder, or the checkpoint at a path.</summary>
    /// <exception cref="TinySoraException">
    /// NotFound, NoneInFolder, NoneReadable; CannotRead if the system does not allow reading the newest one; for the path of a file, the errors in reading it.
    /// </exception>
    public static CheckpointInfo Latest(string fileOrFolder)
    {
        var found = List(fileOrFolder);
        if (File.Exists(fileOrFolder))
        {
            Checkpoint.Open(fileOrFolder).Dispose();
            return found[0];
        }

        if (found.Count == 0)
        {
            throw CheckpointErrors.NoneInFolder(fileOrFolder, ImportableWeights.At(fileOrFolder, autoencoder: false));
        }

        return Newest(found)
            ?? throw CheckpointErrors.NoneReadable(fileOrFolder, found.Select(info => info.Problem!));
    }

    /// <summary>
    /// Returns the newest readable checkpoint like <see cref="Latest"/>, but also skips inaccessible files; <c>null</c> if there is no readable file.
    /// </summary>
    /// <exception cref="TinySoraException">NotFound.</exception>
    internal static CheckpointInfo? NewestReadable(string fileOrFolder) => List(fileOrFolder).LastOrDefault(info => info.IsReadable);

    /// <summary>
    /// Returns the last readable checkpoint of a list that is sorted by step; <c>null</c> if there is none. Skips corrupt files, but fails for an inaccessible
    /// file, which may be the intact model that the user requested.
    /// </summary>
    /// <exception cref="TinySoraException">CannotRead.</exception>
    internal static CheckpointInfo? Newest(IReadOnlyList<CheckpointInfo> found)
    {
        var newest = found.LastOrDefault(info => info.IsReadable || info.Refusal is not null);
        return newest?.Refusal is TinySoraException refusal ? throw refusal : newest;
    }

    /// <summary>Returns the best readable checkpoint in a folder, by the metric of the newest checkpoint.</summary>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, NoneReadable, NoBest.</exception>
    public static CheckpointInfo Best(string folder) =>
        List(folder).FirstOrDefault(info => info.IsBest) ?? throw CheckpointErrors.NoBest(folder, Latest(folder).BestBy);

    /// <summary>Returns the best of the checkpoints of a run, which are sorted by step; <c>null</c> if none has a value of the metric.</summary>
    /// <inheritdoc cref="IsBetter"/>
    internal static CheckpointInfo? FindBest(IEnumerable<CheckpointInfo> found, BestMetric metric, bool keepsRows) =>
        found.Aggregate((CheckpointInfo?)null, (best, info) => IsBetter(info, best, metric, keepsRows) ? info : best);

    /// <summary>Returns whether a checkpoint replaces the previous best one.</summary>
    /// <param name="keepsRows">Whether the run has a <c>trainer.keep_if</c> table. If so, a checkpoint can replace a tested one only if it was also tested, and
    /// passes all rows that the previous one passes.</param>
    internal static bool IsBetter(CheckpointInfo info, CheckpointInfo? best, BestMetric metric, bool keepsRows) =>
        info.Metric(metric.Name) is double value && metric.IsBetter(value, best?.Metric(metric.Name))
        && (!keepsRows || best?.Rows is not { IsTested: true } earlier || (info.Rows is { IsTested: true } own && own.RegressionsSince(earlier).Count == 0));

    /// <summary>Returns the files in a folder that have the name of a checkpoint, without links and special files such as pipes.</summary>
    internal static IEnumerable<string> PathsIn(string folder) =>
        Directory.EnumerateFiles(folder, Pattern)
            .Where(path => StepOf(path) is not null && new FileInfo(path) is { LinkTarget: null, Exists: true, Length: > 0 });

    /// <summary>Returns whether a folder contains at least one checkpoint, even if it cannot be read.</summary>
    public static bool IsIn(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, Pattern).Any(path => StepOf(path) is not null);

    /// <summary>Opens the newest readable checkpoint in a folder, or the checkpoint at a path.</summary>
    /// <param name="adapters">Adapters to use with the model; <c>null</c> for none.</param>
    /// <inheritdoc cref="Latest"/>
    public static Checkpoint Load(string fileOrFolder, IReadOnlyList<AppliedAdapter>? adapters = null) =>
        Checkpoint.Open(Latest(fileOrFolder).Path, adapters);

    /// <summary>Writes the state as the folder's next checkpoint, then removes older checkpoints except the newest <paramref name="keep"/>.</summary>
    /// <param name="keep">Number of newest checkpoints to keep in addition to the best; 0 to keep all.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="TinySoraException">CannotWrite; older checkpoints are then unchanged.</exception>
    public static string Save(string folder, TrainingState state, RunDescription run, int keep)
    {
        var path = PathOf(folder, state.Step);
        // The run will not draw the images of this step again, so the names of the images must be on disk before the name of the checkpoint.
        DiskFlush.FlushNames(WeightFileErrors.CannotWrite);
        using (TorchSharp.torch.NewDisposeScope())
        {
            SafetensorsFile.Write(path, Checkpoint.Metadata(state, run), StateTensors.Of(state));
        }

        // Flush before deleting older checkpoints.
        DiskFlush.FlushNames(WeightFileErrors.CannotWrite);
        if (keep > 0)
        {
            Prune(folder, keep);
        }

        return path;
    }

    /// <summary>Writes <see cref="AdapterInfo.FileName"/>, with only the averaged updates in bfloat16, if the run trains an adapter.</summary>
    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public static void SaveAdapter(string folder, TrainingState state, RunDescription run)
    {
        if (run.Adapter is not AdapterInfo adapter)
        {
            return;
        }

        var path = Path.Combine(folder, AdapterInfo.FileName);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var portable = run with
        {
            Config = run.Config with { Family = run.Config.Family.MapPaths(ModelDependency.Portable) },
            Adapter = adapter with { Base = Path.GetFileName(adapter.Base) },
        };
        SafetensorsFile.Write(path, Checkpoint.Metadata(state, portable), StateTensors.AveragesOf(state, TorchSharp.torch.bfloat16));
    }

    /// <summary>Deletes one checkpoint, even if it is corrupt.</summary>
    /// <exception cref="TinySoraException">NotFound, CannotRemove, or NotOurs for any other kind of file.</exception>
    public static void Remove(string path)
    {
        CheckOurs(path);
        Delete(path);
    }

    /// <summary>Checks that <see cref="Remove"/> may delete a file.</summary>
    /// <exception cref="TinySoraException">NotFound; NotOurs for a file that is not a checkpoint.</exception>
    public static void CheckOurs(string path)
    {
        if (!File.Exists(path))
        {
            throw CheckpointErrors.NotFound(path);
        }

        if (StepOf(path) is null && Find(path)?.Problem is string problem)
        {
            throw CheckpointErrors.NotOurs(path, problem);
        }
    }

    /// <summary>Returns the path of the checkpoint for a step.</summary>
    public static string PathOf(string folder, int step) =>
        Path.Combine(folder, FormattableString.Invariant($"{Prefix}{step:D8}{Extension}"));

    /// <summary>Returns the step in a checkpoint's file name; <c>null</c> for other file names.</summary>
    internal static int? StepOf(string path)
    {
        var name = Path.GetFileName(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan()[Prefix.Length..^Extension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : null;
    }

    private static void Prune(string folder, int keep)
    {
        var readable = List(folder).Where(info => info.IsReadable).ToList();
        foreach (var info in readable.SkipLast(keep).Where(info => !info.IsBest))
        {
            // Windows cannot delete a checkpoint that another process has open. This must not end the run; the next save tries again.
            BusyFile.TryDelete(info.Path);
        }
    }

    private static void Delete(string path) =>
        OnFailure.Throw(path, CheckpointErrors.CannotRemove, () => File.Delete(path));

    /// <summary>Returns the description of a checkpoint file; <c>null</c> if the file does not exist, or was removed by its run in the meantime.</summary>
    /// <param name="followsLink">Whether the file may be a link. Links are allowed if the user specified the file itself and not its folder.</param>
    internal static CheckpointInfo? Find(string path, bool followsLink = true)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return Checkpoint.Describe(path, SafetensorsFile.ReadMetadata(path, followsLink));
        }
        catch (TinySoraException e)
        {
            var file = new FileInfo(path);
            return !file.Exists ? null : new CheckpointInfo(path, StepOf(path) ?? 0, null, file.LastWriteTime, file.Length, "", "", IsBest: false)
            {
                Problem = e.Message,
                Refusal = e.Id == WeightFileErrors.CannotReadId ? e : null,
            };
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
