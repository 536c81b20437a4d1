using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Jobs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Generates videos from prompts. Writes an object per video as soon as its file exists.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "TinySoraGenerate", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Invoke-TinySoraGenerate.md")]
[OutputType(typeof(GeneratedVideo), typeof(Job))]
public sealed class InvokeTinySoraGenerateCommand : GenerateCmdlet
{
    private readonly List<(GenerationRequest Request, PipedObject Row)> forLater = [];
    private GenerationWork? work;

    /// <summary>Whether the user allows writing to the folder that the file in -Config specifies; <c>null</c> before the user is asked.</summary>
    private bool? mayWrite;

    [Parameter]
    public SwitchParameter Show { get; set; }

    [Parameter]
    public SwitchParameter Live { get; set; }

    [Parameter]
    public SwitchParameter AsJob { get; set; }

    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Live && (AsJob || Console.IsInputRedirected || !VideoScreen.IsAvailable(this)))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.NoTerminal()));
        }

        if (Show && !AsJob && !VideoScreen.IsAvailable(this))
        {
            WriteWarning(VideoScreen.Missing);
        }
    }

    private protected override void ProcessRow()
    {
        if (Row.Input?.BaseObject is FileInfo file && PromptFiles.FindCommand(file.Name) is string command)
        {
            WriteError(ErrorRecords.From(InputErrors.PipedFile(file.FullName, command)));
            return;
        }

        if (Row.Input?.BaseObject is FileInfo clip && ClipFile.IsClip(clip.Name))
        {
            WriteError(ErrorRecords.From(InputErrors.PipedVideo(clip.FullName)));
            return;
        }

        if (Row.Input?.BaseObject is string text && text.Trim().Contains('\n', StringComparison.Ordinal))
        {
            WriteWarning("A piped text has several lines, which make a single prompt. For a clip per line, omit -Raw in Get-Content.");
        }

        foreach (var requested in Try(() => Row.Do(Requests)) ?? [])
        {
            if (Live)
            {
                TypeAndSee(requested);
                continue;
            }

            if (Try(() => Row.Do(() => CheckpointPath(requested))) is not string checkpoint
                || !ShouldProcess(requested.OutputPath, requested.Count == 1 ? $"Generate {requested.Description}"
                    : $"Generate {requested.Description}, {requested.Count} times")
                || !MayWriteTo(requested))
            {
                continue;
            }

            var (request, row) = (requested with { Checkpoint = checkpoint }, Row);
            work ??= new GenerationWork(Device, ThrottleLimit, ThreadCount);
            if (AsJob)
            {
                forLater.Add((request, row));
            }
            else
            {
                RunWork(failureEndsPipeline: true, (writer, cancellation) => work.Take(request, row, writer, cancellation));
            }
        }
    }

    protected override void EndProcessing()
    {
        if (forLater.Count > 0)
        {
            var job = new GenerationJob(work!, forLater, MyInvocation.Line, ThreadCount);
            work = null;
            JobRepository.Add(job);
            job.Start();
            WriteObject(job);
        }
        else if (work is not null)
        {
            RunWork(failureEndsPipeline: true, work.Finish);
        }

        if (BlankLines > 0 && !HasRows)
        {
            WriteError(ErrorRecords.From(GenerationErrors.EmptyPrompt()));
        }
        else if (BlankLines > 0)
        {
            WriteVerbose($"Skipped {Plural.Count(BlankLines, "blank line")}.");
        }
    }

    protected override void Dispose(bool disposing)
    {
        work?.Dispose();
        base.Dispose(disposing);
    }

    private protected override void WriteResult(object value)
    {
        if (Show && value is GeneratedVideo video && VideoScreen.IsAvailable(this)
            && Try(() => ClipFile.Read(video.Path, cancellationToken: Stopped)) is Clip clip)
        {
            VideoScreen.Play(this, clip, video.Prompt ?? System.IO.Path.GetFileName(video.Path), VideoScreen.DefaultRepeats, null, null, Stopped);
        }

        base.WriteResult(value);
    }

    /// <summary>
    /// Returns whether files may be written to the output folder: it was specified explicitly, or the user allows the folder that the file in -Config
    /// specifies.
    /// </summary>
    private bool MayWriteTo(GenerationRequest request) =>
        Given(OutputPath) is not null || Configured?.OutputPath is null
        || (mayWrite ??= MayWriteTo(request.OutputPath, Absolute(Config!), nameof(OutputPath), Force));

    private void TypeAndSee(GenerationRequest request)
    {
        if (Try(() => CheckpointPath(request)) is string checkpoint && ShouldProcess(checkpoint, "Generate clips while you type"))
        {
            var isDefault = Row.CheckpointSource == CheckpointSource.Default;
            var colors = Terminal.Colors(this);
            RunWork(failureEndsPipeline: true, (writer, cancellation) => LiveWork.Run(
                isDefault, Device, request with { Checkpoint = checkpoint }, colors, writer, cancellation));
        }
    }
}
