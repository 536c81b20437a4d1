using System.Runtime.CompilerServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Generates the videos for requests, in the foreground or background. Writes each video to the pipeline as soon as its file exists.</summary>
/// <param name="device">auto, cpu, cuda or cuda:N.</param>
/// <param name="maxGpus">Maximum number of GPUs.</param>
/// <param name="threads">Number of threads; <c>null</c> for the number in the recipe or, without a recipe, the default of this process.</param>
internal sealed class GenerationWork(string device, int maxGpus, int? threads) : IDisposable
{
    private const string Activity = "Generating";

    /// <summary>Loaded checkpoints. Each is loaded once for all prompts.</summary>
    private readonly Dictionary<(string Path, CheckpointWeights Weights, string Adapters), VideoGenerator> open = [];

    private readonly HashSet<string> warned = [];

    /// <summary>Words of each checkpoint with which a prompt had unknown words.</summary>
    private readonly Dictionary<string, IReadOnlyList<string>> vocabularies = [];

    /// <summary>The piped object of each request, to identify the object in errors.</summary>
    private readonly ConditionalWeakTable<GenerationRequest, PipedObject> rows = [];

    private RequestBatcher? batcher;

    /// <summary>Queues a request, and generates the videos that are due.</summary>
    /// <param name="row">The piped object of the request, to identify the object in errors.</param>
    /// <exception cref="TinySoraException">The common model of all requests cannot be opened.</exception>
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
        catch (Exception e) when (e is not OperationCanceledException && (open.ContainsKey(Key(request)) || row.ChoosesModel))
        {
            writer.Error(row.Named(e));
            return;
        }

        if (batcher.IsDue)
        {
            Make(all: false, request.Description, writer, cancellation);
        }
    }

    /// <summary>Generates the remaining videos. Must be called after the last request.</summary>
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

    /// <summary>Returns unknown words with those that they probably stand for, and names the bundled model that knows them.</summary>
    private string Explained(IReadOnlyList<string> unknown, string checkpoint)
    {
        if (!vocabularies.TryGetValue(checkpoint, out var known))
        {
            vocabularies[checkpoint] = known = ModelVocabulary.Read(checkpoint);
        }

        var list = string.Join(", ", unknown.Select(
            word => ModelVocabulary.Suggest(word, known) is string meant ? $"{word} (did you mean {meant}?)" : word));
        return BundledModels.Knowing(unknown) is string name
            ? $"{list}. The bundled model {name} knows them: use -Checkpoint {name}." : $"{list}.";
    }

    private static (string Path, CheckpointWeights Weights, string Adapters) Key(GenerationRequest request) =>
        (request.Checkpoint, request.Weights, string.Join('\n', request.Adapters));

    private VideoGenerator Open(GenerationRequest request, PipedObject row, PipelineWriter writer)
    {
        if (!open.TryGetValue(Key(request), out var generator))
        {
            generator = writer.Open(
                Activity, row.CheckpointSource == CheckpointSource.Default ? () => BundledModels.For(request) : null,
                () => VideoGenerator.Open(request.Checkpoint, device, maxGpus, request.Weights, request.Adapters));
            open.Add(Key(request), generator);
        }

        return generator;
    }

    /// <summary>Returns whether the model can generate the request. Reports an error if it cannot, and a warning if the result may be unexpected.</summary>
    private bool Fits(GenerationRequest request, PipedObject row, VideoGenerator generator, PipelineWriter writer)
    {
        if (generator.Settings.TakesText && request.Prompt is null && request.Start is null && !row.IsText)
        {
            writer.Error(row.NoPrompt());
            return false;
        }

        if (!generator.Settings.TakesText && !string.IsNullOrWhiteSpace(request.Prompt) && warned.Add(generator.Checkpoint.Path))
        {
            writer.Warning($"The model in '{generator.Checkpoint.Path}' does not accept text, so prompts only determine the file names.");
        }

        if (generator.FramesBeyond(request) is int trained && warned.Add($"{generator.Checkpoint.Path} frames"))
        {
            writer.Warning(
                $"The model in '{generator.Checkpoint.Path}' was trained on clips of {trained} frames. Later frames of longer videos are often wrong.");
        }

        if (generator.SizeBeyond(request) is var (height, width) && warned.Add($"{generator.Checkpoint.Path} size"))
        {
            writer.Warning($"The model in '{generator.Checkpoint.Path}' was trained on clips of {width} x {height} pixels. "
                + "Larger clips often show things several times.");
        }

        if (request.ModelHash is not string expected)
        {
            return true;
        }

        if (generator.Conditions.Differences(row.Conditions, threads) is { Count: > 0 } other && warned.Add(string.Join(", ", other)))
        {
            writer.Warning($"A recipe was created with {string.Join(", ", other)}. Because of rounding, the new video may differ slightly from the original.");
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

    /// <param name="what">Description of the video if there is only one.</param>
    private void Make(bool all, string what, PipelineWriter writer, CancellationToken cancellation)
    {
        var progress = new ShareProgress(writer, Activity, batcher!.Waiting > 1 ? $"{batcher.Waiting} videos" : what, batcher.WaitingTokens);
        progress.Report(0);
        foreach (var video in batcher.Make(all, Failed, progress, cancellation))
        {
            if (video.Skipped)
            {
                writer.Verbose($"Skipped '{video.Path}': it already exists with the same settings.");
            }

            if (video.NotRecorded is string reason && warned.Add(reason))
            {
                writer.Verbose($"The sampling steps are not recorded: {reason}.");
            }

            if (video.UnknownWords.Count > 0 && warned.Add($"{video.Prompt}|{video.NegativePrompt}"))
            {
                var without = video.NegativePrompt is null ? "" : $" without '{video.NegativePrompt}'";
                writer.Warning($"The model was not trained on these words of '{video.Prompt}'{without}: {Explained(video.UnknownWords, video.Checkpoint)}");
            }

            if (video is { NegativePrompt: not null, GuidanceScale: 1 } && warned.Add($"{video.Checkpoint} guidance"))
            {
                writer.Warning("The negative prompt has no effect, because the guidance scale is 1. To use it, specify another -GuidanceScale.");
            }

            if (video.ViolatingTokens > 0)
            {
                writer.Warning(FormattableString.Invariant(
                    $"{video.ViolatingTokens:0.0 %} of the tokens of '{video.Path}' are not codes of the autoencoder; they are decoded as the first code."));
            }

            writer.Output(video);
        }

        void Failed(GenerationRequest request, Exception failure) =>
            writer.Error(rows.TryGetValue(request, out var row) ? row.Named(failure) : failure);
    }
}
