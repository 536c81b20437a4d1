using System.Runtime.CompilerServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Makes videos of requests, as background or foreground work. Each video is written to the pipeline as soon as its file exists.</summary>
/// <param name="device">auto, cpu, cuda or cuda:N.</param>
/// <param name="mostGpus">Maximum number of GPUs.</param>
/// <param name="threads">Number of threads, whatever a recipe says; <c>null</c>: the recipe's, or that of this process.</param>
internal sealed class GenerationWork(string device, int mostGpus, int? threads) : IDisposable
{
    private const string Activity = "Generating";

    /// <summary>The loaded checkpoints: each is loaded once, however many prompts come.</summary>
    private readonly Dictionary<(string Path, CheckpointWeights Weights), VideoGenerator> open = [];

    private readonly HashSet<string> warned = [];

    /// <summary>The row that each request came from, which its errors name.</summary>
    private readonly ConditionalWeakTable<GenerationRequest, PipedObject> rows = [];

    private RequestBatcher? batcher;

    /// <summary>Queues a request, and makes the videos that are due.</summary>
    /// <param name="row">The row of the request, which errors name.</param>
    /// <exception cref="TinySoraException">The checkpoint of all requests cannot be opened.</exception>
    public void Take(GenerationRequest request, PipedObject row, PipelineWriter writer, CancellationToken cancellation)
    {
        try
        {
            var generator = Open(request, row, writer);
            if (!Fits(request, row, generator, writer))
            {
                return;
            }

            batcher ??= new RequestBatcher(generator.Lanes);
            rows.AddOrUpdate(request, row);
            batcher.Add(generator, request, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException && (open.ContainsKey(Key(request)) || row.CheckpointSource == CheckpointSource.Row))
        {
            writer.Error(row.Named(e));
            return;
        }

        if (batcher.IsDue)
        {
            Make(all: false, request.Description, writer, cancellation);
        }
    }

    /// <summary>Makes the videos that are left; no requests follow.</summary>
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

    private static (string Path, CheckpointWeights Weights) Key(GenerationRequest request) => (request.Checkpoint, request.Weights);

    private VideoGenerator Open(GenerationRequest request, PipedObject row, PipelineWriter writer)
    {
        if (!open.TryGetValue(Key(request), out var generator))
        {
            generator = writer.Open(
                Activity, row.CheckpointSource == CheckpointSource.Default ? "takes" : null,
                () => VideoGenerator.Open(request.Checkpoint, device, mostGpus, request.Weights));
            open.Add(Key(request), generator);
        }

        return generator;
    }

    /// <summary>Whether the model can make what is requested; reports an error if not, and a warning if the result may surprise.</summary>
    private bool Fits(GenerationRequest request, PipedObject row, VideoGenerator generator, PipelineWriter writer)
    {
        if (generator.Settings.TakesText && request.Prompt is null && request.Start is null && !row.IsText)
        {
            writer.Error(row.NoPrompt());
            return false;
        }

        if (!generator.Settings.TakesText && !string.IsNullOrWhiteSpace(request.Prompt) && warned.Add(generator.Checkpoint.Path))
        {
            writer.Warning($"The model in '{generator.Checkpoint.Path}' takes no text: prompts only give the files their names.");
        }

        if (generator.FramesBeyond(request) is int trained && warned.Add($"{generator.Checkpoint.Path} frames"))
        {
            writer.Warning($"The model in '{generator.Checkpoint.Path}' was trained with {trained} frames: longer videos are often wrong after those.");
        }

        if (request.ModelHash is not string expected)
        {
            return true;
        }

        if (generator.Conditions.Differences(row.Conditions, threads) is { Count: > 0 } other && warned.Add(string.Join(", ", other)))
        {
            writer.Warning($"A recipe was made with {string.Join(", ", other)}: the video may differ from it in its last bits.");
        }

        if (generator.ModelHash.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var otherModel = GenerationErrors.OtherModel(generator.Checkpoint.Path, generator.ModelHash, expected);
        var isNamed = row.CheckpointSource == CheckpointSource.CommandLine;
        if (!isNamed)
        {
            writer.Error(row.Named(otherModel));
        }
        else if (warned.Add(generator.Checkpoint.Path + expected))
        {
            writer.Warning($"{otherModel.Message} The videos will differ.");
        }

        return isNamed;
    }

    /// <param name="what">The video, where it is one.</param>
    private void Make(bool all, string what, PipelineWriter writer, CancellationToken cancellation)
    {
        var progress = new ShareProgress(writer, Activity, batcher!.Waiting > 1 ? $"{batcher.Waiting} videos" : what, batcher.WaitingTokens);
        progress.Report(0);
        foreach (var video in batcher.Make(all, Failed, progress, cancellation))
        {
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

        void Failed(GenerationRequest request, Exception failure) =>
            writer.Error(rows.TryGetValue(request, out var row) ? row.Named(failure) : failure);
    }
}
