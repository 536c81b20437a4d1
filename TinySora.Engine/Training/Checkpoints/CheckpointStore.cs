using System.Globalization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>The checkpoints <c>step-00000400.safetensors</c> of a results folder.</summary>
public static class CheckpointStore
{
    public const string Extension = ".safetensors";

    /// <summary>The pattern that the names of checkpoints match, which messages say, too.</summary>
    internal const string Pattern = CheckpointErrors.FileNames;

    private static readonly string Prefix = Pattern[..Pattern.IndexOf('*', StringComparison.Ordinal)];

    /// <summary>
    /// The checkpoints of a folder in order of their steps, or the one at a path. A damaged file is listed with its
    /// <see cref="CheckpointInfo.Problem"/>; one that was never finished is not.
    /// </summary>
    /// <exception cref="TinySoraException">NotFound.</exception>
    public static IReadOnlyList<CheckpointInfo> List(string fileOrFolder)
    {
        if (Find(fileOrFolder) is CheckpointInfo one)
        {
            return [one];
        }

        if (!Directory.Exists(fileOrFolder))
        {
            throw CheckpointErrors.NotFound(fileOrFolder, ImportableWeights.At(fileOrFolder, autoencoder: false));
        }

        var found = Directory.EnumerateFiles(fileOrFolder, Pattern)
            .Where(path => StepOf(path) is not null).Select(path => Find(path, followsLink: false)).OfType<CheckpointInfo>()
            .OrderBy(info => info.Step).ThenBy(info => info.SavedAt).ToList();
        var newest = found.LastOrDefault(info => info.IsReadable);
        var metric = BestMetric.Parse(newest?.BestBy ?? BestMetric.Loss);
        CheckpointInfo? best = null;
        foreach (var info in found)
        {
            best = IsBetter(info, best, metric, newest?.Rows is not null) ? info : best;
        }

        return [.. found.Select(info => info == best ? info with { IsBest = true } : info)];
    }

    /// <summary>The newest readable checkpoint of a folder, or the one at a path.</summary>
    /// <exception cref="TinySoraException">
    /// NotFound, NoneInFolder, NoneReadable; CannotRead where the system does not let the newest be read; the file's own error for a path.
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
    /// Like <see cref="Latest"/>, where none need be: damaged ones and those that the system refuses are passed over; null: no other is there.
    /// </summary>
    /// <exception cref="TinySoraException">NotFound.</exception>
    internal static CheckpointInfo? NewestReadable(string fileOrFolder) => List(fileOrFolder).LastOrDefault(info => info.IsReadable);

    /// <summary>
    /// The last readable one of a list in order of the steps; null: none is. A damaged file is passed over. One that the system refuses may be
    /// whole, and an older model in its place is not what was asked for.
    /// </summary>
    /// <exception cref="TinySoraException">CannotRead.</exception>
    internal static CheckpointInfo? Newest(IReadOnlyList<CheckpointInfo> found)
    {
        var newest = found.LastOrDefault(info => info.IsReadable || info.Refusal is not null);
        return newest?.Refusal is TinySoraException refusal ? throw refusal : newest;
    }

    /// <summary>The best readable checkpoint of a folder, by what its newest says tells it.</summary>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, NoneReadable, NoBest.</exception>
    public static CheckpointInfo Best(string folder) =>
        List(folder).FirstOrDefault(info => info.IsBest) ?? throw CheckpointErrors.NoBest(folder, Latest(folder).BestBy);

    /// <summary>Whether a checkpoint takes the place of the best one before it.</summary>
    /// <param name="keepsRows">Whether the run has trainer.keep_if: once one was tested, none follows that was not, and none with rows that fall.</param>
    internal static bool IsBetter(CheckpointInfo info, CheckpointInfo? best, BestMetric metric, bool keepsRows) =>
        info.Metric(metric.Name) is double value && metric.IsBetter(value, best?.Metric(metric.Name))
        && (!keepsRows || best?.Rows is not { IsTested: true } earlier || (info.Rows is { IsTested: true } own && own.FallenSince(earlier).Count == 0));

    /// <summary>The files of a folder that have the name of a checkpoint; no links, and nothing without a length, such as a pipe.</summary>
    internal static IEnumerable<string> PathsIn(string folder) =>
        Directory.EnumerateFiles(folder, Pattern)
            .Where(path => StepOf(path) is not null && new FileInfo(path) is { LinkTarget: null, Exists: true, Length: > 0 });

    /// <summary>Whether a folder holds checkpoints, readable or not.</summary>
    public static bool IsIn(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, Pattern).Any(path => StepOf(path) is not null);

    /// <summary>The newest readable checkpoint of a folder, or the one at a path, opened.</summary>
    /// <inheritdoc cref="Latest"/>
    public static Checkpoint Load(string fileOrFolder) => Checkpoint.Open(Latest(fileOrFolder).Path);

    /// <summary>Writes the state as the folder's next checkpoint, then removes what <paramref name="keep"/> leaves out.</summary>
    /// <param name="keep">How many of the newest stay beside the best; 0: all.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="TinySoraException">CannotWrite; older checkpoints are then unchanged.</exception>
    public static string Save(string folder, TrainingState state, RunDescription run, int keep)
    {
        var path = PathOf(folder, state.Step);
        // The run does not draw the pictures of this step again, so their names have to be on the disk before the checkpoint's.
        DiskFlush.Names(WeightFileErrors.CannotWrite);
        using (TorchSharp.torch.NewDisposeScope())
        {
            SafetensorsFile.Write(path, Checkpoint.Metadata(state, run), StateTensors.Of(state));
        }

        // Before older checkpoints are deleted.
        DiskFlush.Names(WeightFileErrors.CannotWrite);
        if (keep > 0)
        {
            Prune(folder, keep);
        }

        return path;
    }

    /// <summary>Deletes one checkpoint, damaged or not.</summary>
    /// <exception cref="TinySoraException">NotFound, CannotRemove, or NotOurs for any other kind of file.</exception>
    public static void Remove(string path)
    {
        CheckOurs(path);
        Delete(path);
    }

    /// <summary>Checks that a file is one that <see cref="Remove"/> deletes.</summary>
    /// <exception cref="TinySoraException">NotFound; NotOurs for a file that is no checkpoint.</exception>
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

    /// <summary>The path of the checkpoint of a step.</summary>
    public static string PathOf(string folder, int step) =>
        Path.Combine(folder, FormattableString.Invariant($"{Prefix}{step:D8}{Extension}"));

    /// <summary>The step that a checkpoint's file name tells; null for other names.</summary>
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
            // Windows keeps a file that somebody generates from: no reason to end a run, and the next save tries again.
            BusyFile.TryDelete(info.Path);
        }
    }

    private static void Delete(string path) =>
        OnFailure.Throw(path, CheckpointErrors.CannotRemove, () => File.Delete(path));

    /// <summary>What a file says of itself; null: there is none, or none any more, as a run removes its oldest while others look.</summary>
    /// <param name="followsLink">Whether the file may be a link, as where the user named it and did not name its folder.</param>
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
