using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Results;

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
            StateTensors.EstimateLength(parameters, OptimizerChoice.StatesOf(config)));
    }

    public override string ToString() => $"{Files} {(Files == 1 ? "checkpoint" : "checkpoints")} of {DiskSpace.Size(Length)}, {DiskSpace.Size(Bytes)} in all";
}
