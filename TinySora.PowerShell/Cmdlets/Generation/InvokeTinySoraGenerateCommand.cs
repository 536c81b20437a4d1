using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes videos from prompts. One object per video, as soon as its file is written.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "TinySoraGenerate", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Invoke-TinySoraGenerate.md")]
[OutputType(typeof(GeneratedVideo))]
public sealed class InvokeTinySoraGenerateCommand : GenerateCmdlet
{
    /// <summary>A checkpoint is loaded once, however many prompts come.</summary>
    private readonly Dictionary<string, VideoGenerator> open = [];

    private readonly HashSet<string> warned = [];

    private RequestBatcher? batcher;

    protected override void ProcessRecord()
    {
        if (Try(Request) is not GenerationRequest request)
        {
            return;
        }

        var what = Given(request.Prompt) is string prompt ? $"'{prompt}'" : "a video without a prompt";
        what += request.NegativePrompt is null ? "" : $" without '{request.NegativePrompt}'";
        if (!ShouldProcess(request.OutputPath, request.Count == 1 ? $"Generate {what}" : $"Generate {what}, {request.Count} times")
            || Open() is not VideoGenerator generator
            || !Fits(request, generator))
        {
            return;
        }

        batcher ??= new RequestBatcher(generator.Lanes);
        if (Try(() => Add(generator, request)) && batcher.IsDue)
        {
            Make(all: false, what);
        }
    }

    protected override void EndProcessing()
    {
        if (batcher?.Waiting > 0)
        {
            Make(all: true, "a video");
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var generator in open.Values)
        {
            generator.Dispose();
        }

        open.Clear();
        base.Dispose(disposing);
    }

    private bool Add(VideoGenerator generator, GenerationRequest request)
    {
        batcher!.Add(generator, request);
        return true;
    }

    /// <param name="what">The video, where it is one.</param>
    private void Make(bool all, string what) => RunWork(failureEndsPipeline: false, (writer, cancellation) =>
    {
        var progress = new ShareProgress(writer, "Generating", batcher!.Waiting > 1 ? $"{batcher.Waiting} videos" : what, batcher.WaitingTokens);
        progress.Report(0);
        foreach (var (video, failure) in batcher.Make(all, progress, cancellation))
        {
            if (video is null)
            {
                writer.Error(failure!);
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
    });

    /// <summary>Whether what was asked for goes with the model; otherwise an error or, where it can be done all the same, a warning.</summary>
    private bool Fits(GenerationRequest request, VideoGenerator generator)
    {
        if (generator.Settings.TakesText && request.Prompt is null && request.Between is null && InputObject?.BaseObject is not (null or string))
        {
            WriteError(ErrorRecords.From(InputErrors.NoPrompt(InputObject!)));
            return false;
        }

        if (!generator.Settings.TakesText && !string.IsNullOrWhiteSpace(request.Prompt) && warned.Add(generator.Checkpoint.Path))
        {
            WriteWarning($"The model in '{generator.Checkpoint.Path}' takes no text: prompts only give the files their names.");
        }

        if (Given(ModelHash) is not null
            && generator.Conditions.Differences(name => InputObject?.Properties[name]?.Value?.ToString(), ThreadCount) is { Count: > 0 } other
            && warned.Add(string.Join(", ", other)))
        {
            WriteWarning($"A recipe was made with {string.Join(", ", other)}: the video may differ from it in its last bits.");
        }

        if (Given(ModelHash) is not string expected || generator.ModelHash.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var otherModel = GenerationErrors.OtherModel(generator.Checkpoint.Path, generator.ModelHash, expected);
        if (!CheckpointIsSetup)
        {
            WriteError(ErrorRecords.From(otherModel));
        }
        else if (warned.Add(generator.Checkpoint.Path + expected))
        {
            WriteWarning($"{otherModel.Message} The videos will differ.");
        }

        return CheckpointIsSetup;
    }

    private VideoGenerator? Open()
    {
        var isSetup = CheckpointIsSetup || GivenCheckpoint is null;
        if (Try(CheckpointPath) is not string path)
        {
            return null;
        }

        if (!open.ContainsKey(path))
        {
            RunWork(isSetup, (writer, _) =>
            {
                writer.Starting("Generating", Opening);
                var generator = VideoGenerator.Open(path, Device, ThrottleLimit);
                open.Add(path, generator);
                writer.Verbose($"Opened '{generator.Checkpoint.Path}', step {generator.Checkpoint.Step}.");
                if (GivenCheckpoint is null && UnfinishedRun.Of(generator.Checkpoint) is string unfinished)
                {
                    writer.Warning($"{unfinished} -Checkpoint {CheckpointNames.Shipped} takes the model that comes with the module.");
                }
            });
        }

        return open.GetValueOrDefault(path);
    }
}
