using TinySora.Engine.Configuration;
using static System.FormattableString;

namespace TinySora.Engine.Training;

/// <summary>What the checkpoints of a run will take.</summary>
internal static class DiskSpace
{
    /// <summary>What the user should know before the run; null: nothing.</summary>
    /// <param name="free">Bytes that the disk has left.</param>
    public static string? Warning(TrainerConfig config, TrainingState state, int lastStep, long free)
    {
        var length = CheckpointStore.EstimateLength(state.Parameters.Values.numel());
        var files = Math.Max(1, (lastStep - state.Step + config.SaveModelEvery - 1) / config.SaveModelEvery);
        var kept = config.KeepCheckpoints == 0 ? files : Math.Min(files, config.KeepCheckpoints + 2);
        var need = $"{kept} checkpoints of {Size(length)}, {Size(kept * length)} in all";
        return kept * length > free
            ? $"The disk may become full: this run writes {need}, and {Size(free)} are free. "
                + "Raise trainer.save_model_every or set trainer.keep_checkpoints."
            : config.KeepCheckpoints == 0 ? $"trainer.keep_checkpoints is 0, so every checkpoint is kept: {need}."
            : null;
    }

    private static string Size(long bytes) =>
        bytes < 1e9 ? Invariant($"{bytes / 1e6:F0} MB") : Invariant($"{bytes / 1e9:F1} GB");
}
