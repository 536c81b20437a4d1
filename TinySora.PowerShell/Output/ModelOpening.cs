using TinySora.Engine.Generation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Output;

/// <summary>Opens a model that makes videos, and tells what there is to know of it.</summary>
internal static class ModelOpening
{
    /// <summary>The activity that is shown before the first result: loading libtorch and the model.</summary>
    public const string Status = "loading libtorch and the model";

    /// <param name="activity">What the model is opened for, for the progress bar.</param>
    /// <param name="shippedDoes">What the module's own model does in place of one that is not trained to its end; null: nobody would want that.</param>
    public static VideoGenerator Open(this PipelineWriter writer, string activity, string? shippedDoes, Func<VideoGenerator> open)
    {
        writer.Starting(activity, Status);
        var generator = open();
        writer.Verbose($"Opened '{generator.Checkpoint.Path}', step {generator.Checkpoint.Step}.");
        if (UnfinishedRun.Of(generator.Checkpoint) is string unfinished)
        {
            var advice = shippedDoes is null ? "" : $" -Checkpoint {CheckpointNames.Shipped} {shippedDoes} the model that comes with the module.";
            writer.Warning(unfinished + advice);
        }

        return generator;
    }
}
