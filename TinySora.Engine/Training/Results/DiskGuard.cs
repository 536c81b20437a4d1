using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using static System.FormattableString;

namespace TinySora.Engine.Training.Results;

/// <summary>Compares the disk space that a run needs with what is free.</summary>
internal static class DiskGuard
{
    /// <summary>Says that checkpoints to come may find no place; null: they do.</summary>
    /// <param name="free">Bytes that the disk has left; null: nobody knows.</param>
    /// <param name="there">Checkpoints of the run that are there already, of which the oldest go.</param>
    public static string? Shortage(TrainerConfig config, TrainingState state, int lastStep, long? free, int there = 0)
    {
        var need = DiskNeed.Of(config, state.Length, state.Step, lastStep, there);
        return free is not long bytes || need.Bytes <= bytes ? null
            : $"The disk may become full: this run writes {need}, and {Size(bytes)} are free. Raise trainer.save_model_every or set trainer.keep_checkpoints.";
    }

    /// <summary>Says what it means that a run keeps all of its checkpoints; null: it does not.</summary>
    public static string? KeepsAll(TrainerConfig config, TrainingState state, int lastStep) => config.KeepCheckpoints > 0 ? null
        : $"trainer.keep_checkpoints is 0, so every checkpoint is kept: {DiskNeed.Of(config, state.Length, state.Step, lastStep)}.";

    /// <summary>Bytes that are left on the disk of a folder that need not exist yet; null: it cannot be asked, as with a share of Windows' network.</summary>
    public static long? Free(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is string parent)
        {
            path = parent;
        }

        try
        {
            return new DriveInfo(path).AvailableFreeSpace;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is ArgumentException)
        {
            return null;
        }
    }

    public static string Size(long bytes) =>
        bytes < 1e9 ? Invariant($"{bytes / 1e6:F0} MB") : Invariant($"{bytes / 1e9:F1} GB");
}

/// <summary>The disk space that the checkpoints of a run will take.</summary>
/// <param name="Files">How many there are at once, at most.</param>
/// <param name="Length">Bytes of each.</param>
public sealed record DiskNeed(long Files, long Length)
{
    public long Bytes => Files * Length;

    /// <param name="there">Checkpoints that are there already: of a run that does not keep all, the oldest make room.</param>
    public static DiskNeed Of(TrainerConfig config, long parameters, int step, int lastStep, int there = 0)
    {
        var files = Math.Max(1, (lastStep - step + config.SaveModelEvery.Steps - 1) / config.SaveModelEvery.Steps);
        return new DiskNeed(
            config.KeepCheckpoints == 0 ? files : Math.Min(files, Math.Max(1, config.KeepCheckpoints + 2 - there)),
            StateTensors.EstimateLength(parameters));
    }

    public override string ToString() => $"{Files} {(Files == 1 ? "checkpoint" : "checkpoints")} of {DiskGuard.Size(Length)}, {DiskGuard.Size(Bytes)} in all";
}
