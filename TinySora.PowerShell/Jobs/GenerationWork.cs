using System.Runtime.CompilerServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Orders made into videos, as work that writes each as soon as its file is there.</summary>
/// <param name="device">auto, cpu, cuda or cuda:N.</param>
/// <param name="mostGpus">How many may work side by side.</param>
/// <param name="threads">How many there shall be whatever a recipe says; null: as many as it says, or as there are.</param>
internal sealed class GenerationWork(string device, int mostGpus, int? threads) : IDisposable
{
    private const string Activity = "Generating";

    /// <summary>The loaded checkpoints: each is loaded once, however many prompts come.</summary>
    private readonly Dictionary<(string Path, CheckpointWeights Weights), VideoGenerator> open = [];

    private readonly HashSet<string> warned = [];

    /// <summary>The row that each request came from, which its errors name.</summary>
    private readonly ConditionalWeakTable<GenerationRequest, PipedObject> rows = [];

    private RequestBatcher? batcher;

    /// <summary>Takes an order, and makes the videos that are due.</summary>
    /// <exception cref="TinySoraException">The checkpoint that is for all cannot be opened.</exception>
    public void Take(GenerationOrder order, PipelineWriter writer, CancellationToken cancellation)
    {
        try
        {
            var generator = Open(order, writer);
            if (!Fits(order, generator, writer))
            {
                return;
            }

            batcher ??= new RequestBatcher(generator.Lanes);
            rows.AddOrUpdate(order.Request, order.Row);
            batcher.Add(generator, order.Request, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException && (open.ContainsKey(Key(order)) || !order.IsForAll))
        {
            writer.Error(order.Row.Named(e));
            return;
        }

        if (batcher.IsDue)
        {
            Make(all: false, order.What, writer, cancellation);
        }
    }

    /// <summary>No more orders follow: makes what still waits for some.</summary>
    public void Finish(PipelineWriter writer, CancellationToken cancellation)
    {
        if (batcher is { IsEmpty: false })
        {
            Make(all: true, "a video", writer, cancellation);
        }
    }

    public void Dispose()
    {
        foreach (var generator in open.Values)
        {
            generator.Dispose();
        }

        open.Clear();
    }

    private static (string Path, CheckpointWeights Weights) Key(GenerationOrder order) => (order.Checkpoint, order.Weights);

    private VideoGenerator Open(GenerationOrder order, PipelineWriter writer)
    {
        if (!open.TryGetValue(Key(order), out var generator))
        {
            generator = writer.Open(
                Activity, order.IsUsual ? "takes" : null, () => VideoGenerator.Open(order.Checkpoint, device, mostGpus, order.Weights));
            open.Add(Key(order), generator);
        }

        return generator;
    }

    /// <summary>Whether what was asked for goes with the model; otherwise an error or, where it can be done all the same, a warning.</summary>
    private bool Fits(GenerationOrder order, VideoGenerator generator, PipelineWriter writer)
    {
        if (generator.Settings.TakesText && order.Promptless is not null)
        {
            writer.Error(order.Promptless);
            return false;
        }

        if (!generator.Settings.TakesText && !string.IsNullOrWhiteSpace(order.Request.Prompt) && warned.Add(generator.Checkpoint.Path))
        {
            writer.Warning($"The model in '{generator.Checkpoint.Path}' takes no text: prompts only give the files their names.");
        }

        if (generator.FramesBeyond(order.Request) is int trained && warned.Add($"{generator.Checkpoint.Path} frames"))
        {
            writer.Warning($"The model in '{generator.Checkpoint.Path}' was trained with {trained} frames: longer videos are often wrong after those.");
        }

        if (order.ModelHash is not string expected)
        {
            return true;
        }

        if (generator.Conditions.Differences(order.Recorded, threads) is { Count: > 0 } other && warned.Add(string.Join(", ", other)))
        {
            writer.Warning($"A recipe was made with {string.Join(", ", other)}: the video may differ from it in its last bits.");
        }

        if (generator.ModelHash.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var otherModel = GenerationErrors.OtherModel(generator.Checkpoint.Path, generator.ModelHash, expected);
        if (!order.IsNamed)
        {
            writer.Error(order.Row.Named(otherModel));
        }
        else if (warned.Add(generator.Checkpoint.Path + expected))
        {
            writer.Warning($"{otherModel.Message} The videos will differ.");
        }

        return order.IsNamed;
    }

    /// <param name="what">The video, where it is one.</param>
    private void Make(bool all, string what, PipelineWriter writer, CancellationToken cancellation)
    {
        var progress = new ShareProgress(writer, Activity, batcher!.Waiting > 1 ? $"{batcher.Waiting} videos" : what, batcher.WaitingTokens);
        progress.Report(0);
        foreach (var result in batcher.Make(all, progress, cancellation))
        {
            if (result.Video is not { } video)
            {
                writer.Error(rows.TryGetValue(result.Request, out var row) ? row.Named(result.Failure!) : result.Failure!);
                continue;
            }

            if (video.Skipped)
            {
                writer.Verbose($"Skipped '{video.Path}': it is there already, made with the same settings.");
            }

            if (video.UnknownWords.Count > 0 && warned.Add($"{video.Prompt}|{video.NegativePrompt}"))
            {
                var without = video.NegativePrompt is null ? "" : $" without '{video.NegativePrompt}'";
                writer.Warning($"The model has never seen these words of '{video.Prompt}'{without}: {string.Join(", ", video.UnknownWords)}.");
            }

            if (video.ViolatingTokens > 0)
            {
                writer.Warning(FormattableString.Invariant(
                    $"{video.ViolatingTokens:0.0 %} of the tokens of '{video.Path}' stand for nothing that can be seen; they are shown as the first code."));
            }

            writer.Output(video);
        }
    }
}
