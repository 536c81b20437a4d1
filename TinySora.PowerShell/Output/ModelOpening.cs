using TinySora.Engine.Generation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Output;

/// <summary>Opens a model that generates videos, and reports facts about it.</summary>
internal static class ModelOpening
{
    /// <summary>Progress status before the first result.</summary>
    public const string Status = "loading libtorch and the model";

    /// <param name="activity">Activity of the progress bar.</param>
    /// <param name="bundled">
    /// Function that returns the name of the bundled model that a message suggests in place of an unfinished one; <c>null</c> for no suggestion.
    /// </param>
    public static VideoGenerator Open(this PipelineWriter writer, string activity, Func<string>? bundled, Func<VideoGenerator> open)
    {
        writer.Starting(activity, Status);
        var generator = open();
        writer.Verbose($"Opened '{generator.Checkpoint.Path}', step {generator.Checkpoint.Step}.");
        if (UnfinishedRun.Of(generator.Checkpoint) is string unfinished)
        {
            writer.Warning(bundled is null ? unfinished : $"{unfinished} To use the bundled model instead, specify -Checkpoint {bundled()}.");
        }

        return generator;
    }
}
