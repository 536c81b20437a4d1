using TinySora.Engine.Generation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Output;

/// <summary>Opens a model that generates videos, and reports facts about it.</summary>
internal static class ModelOpening
{
    /// <summary>Progress status before the first result.</summary>
    public const string Status = "loading libtorch and the model";

    /// <param name="activity">Activity of the progress bar.</param>
    /// <param name="shippedDoes">Verb for the advice to use the bundled model instead of an unfinished one; <c>null</c> for no advice.</param>
    public static VideoGenerator Open(this PipelineWriter writer, string activity, string? shippedDoes, Func<VideoGenerator> open)
    {
        writer.Starting(activity, Status);
        var generator = open();
        writer.Verbose($"Opened '{generator.Checkpoint.Path}', step {generator.Checkpoint.Step}.");
        if (UnfinishedRun.Of(generator.Checkpoint) is string unfinished)
        {
            var advice = shippedDoes is null ? "" : $" To {shippedDoes} the bundled model instead, specify -Checkpoint {CheckpointNames.Shipped}.";
            writer.Warning(unfinished + advice);
        }

        return generator;
    }
}
