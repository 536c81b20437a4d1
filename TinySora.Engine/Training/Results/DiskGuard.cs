using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Results;

/// <summary>Compares a run's disk requirement with the free space.</summary>
internal static class DiskGuard
{
    /// <summary>Returns a warning if the next checkpoints may not fit on the disk; <c>null</c> if they fit.</summary>
    /// <param name="free">Free bytes on the disk; <c>null</c> if unknown.</param>
    /// <param name="there">Number of existing checkpoints of the run. The run deletes the oldest of them unless it keeps all checkpoints.</param>
    public static string? Shortage(TrainerConfig config, TrainingState state, int lastStep, long? free, int there = 0)
    {
        var need = DiskNeed.Of(config, state.Length, state.Step, lastStep, there);
        return free is not long bytes || need.Bytes <= bytes ? null
            : $"The disk may become full: this run writes {need}, but only {Errors.Text.Size(bytes)} is free. "
                + "Raise trainer.save_model_every or set trainer.keep_checkpoints.";
    }

    /// <summary>Returns a message about the disk space that all checkpoints need if the run keeps them; otherwise <c>null</c>.</summary>
    public static string? KeepsAll(TrainerConfig config, TrainingState state, int lastStep) => config.KeepCheckpoints > 0 ? null
        : $"trainer.keep_checkpoints is 0, so every checkpoint is kept: {DiskNeed.Of(config, state.Length, state.Step, lastStep)}.";

    /// <summary>
    /// Returns the free bytes on the disk of a folder that may not exist yet; <c>null</c> if unknown, for example on a Windows network share.
    /// </summary>
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
}

/// <summary>Disk space for the checkpoints of a run.</summary>
/// <param name="Files">Maximum number of checkpoints at a time.</param>
/// <param name="Length">Size of each checkpoint in bytes.</param>
public sealed record DiskNeed(long Files, long Length)
{
    public long Bytes => Files * Length;

    /// <param name="there">Number of existing checkpoints. The run deletes the oldest of them unless it keeps all checkpoints.</param>
    public static DiskNeed Of(TrainerConfig config, long parameters, int step, int lastStep, int there = 0)
    {
        var files = Math.Max(1, (lastStep - step + config.SaveModelEvery.Steps - 1) / config.SaveModelEvery.Steps);
        const int bestAndNew = 2; // the best one is kept as well, and older ones are deleted only after a new one is written
        return new DiskNeed(
            config.KeepCheckpoints == 0 ? files : Math.Min(files, Math.Max(1, config.KeepCheckpoints + bestAndNew - there)),
            StateTensors.EstimateLength(parameters, config.Optimizer));
    }

    public override string ToString() =>
        $"{Plural.Count(Files, "checkpoint")} of {Errors.Text.Size(Length)}, {Errors.Text.Size(Bytes)} in total";
}
