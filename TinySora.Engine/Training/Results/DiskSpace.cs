using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Optimization;
using static System.FormattableString;

namespace TinySora.Engine.Training.Results;

/// <summary>The disk that a run writes to.</summary>
internal static class DiskSpace
{
    /// <summary>What the user should know before the run; null: nothing.</summary>
    /// <param name="free">Bytes that the disk has left.</param>
    public static string? Warning(TrainerConfig config, TrainingState state, int lastStep, long free)
    {
        var need = DiskNeed.Of(config, state.Length, state.Step, lastStep);
        return need.Bytes > free
            ? $"The disk may become full: this run writes {need}, and {Size(free)} are free. "
                + "Raise trainer.save_model_every or set trainer.keep_checkpoints."
            : config.KeepCheckpoints == 0 ? $"trainer.keep_checkpoints is 0, so every checkpoint is kept: {need}."
            : null;
    }

    /// <summary>Bytes that are left on the disk of a folder that need not exist yet.</summary>
    public static long Free(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is string parent)
        {
            path = parent;
        }

        return new DriveInfo(path).AvailableFreeSpace;
    }

    public static string Size(long bytes) =>
        bytes < 1e9 ? Invariant($"{bytes / 1e6:F0} MB") : Invariant($"{bytes / 1e9:F1} GB");
}
