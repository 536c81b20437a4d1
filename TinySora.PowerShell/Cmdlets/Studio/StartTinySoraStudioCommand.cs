using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Studio;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Jobs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Studio;

/// <summary>Serves a local page that updates a clip as you type its prompt, until the command is stopped.</summary>
[Cmdlet(VerbsLifecycle.Start, "TinySoraStudio", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Start-TinySoraStudio.md")]
[OutputType(typeof(TinySoraStudio), typeof(Job))]
public sealed class StartTinySoraStudioCommand : VideoModelCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PromptCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Prompt { get; set; }

    [Parameter(ParameterSetName = "Path")]
    [ArgumentCompleter(typeof(RunCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [DefaultPaths.Results, DefaultPaths.Runs];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = DefaultPaths.Videos;

    [Parameter]
    [ValidateRange(0, 65_535)]
    [Number(IsWhole = true)]
    public int Port { get; set; }

    [Parameter]
    public SwitchParameter Open { get; set; }

    [Parameter]
    public SwitchParameter AsJob { get; set; }

    protected override void ProcessRecord()
    {
        if (RequireOfItem(() => ModelAt(Checkpoint, () => BundledModels.For(Prompt))) is not string checkpoint)
        {
            return;
        }

        var named = BundledModels.Paths.Contains(checkpoint) ? System.IO.Path.GetFileNameWithoutExtension(checkpoint) : checkpoint;
        var work = new StudioWork(checkpoint, Checkpoint is null, Device, Open, new StudioOptions
        {
            Port = Port,
            Checkpoint = named,
            Prompt = Prompt,
            Example = BundledModels.ExampleFor(checkpoint),
            RunFolders = Require(() => (string[])[.. IsLiteral ? LiteralPath.Select(Absolute) : Path.SelectMany(Expand)]),
            OutputPath = Require(() => Absolute(OutputPath)),
            Trainings = Trainings(),
            Command = request => CommandLine.Of(request, named),
        });

        // Check this before prompting, even with -WhatIf.
        if (RequireOfItem(work.Checked) is null || !ShouldProcess(checkpoint, "Open the studio"))
        {
            return;
        }

        if (!AsJob)
        {
            RunWork(failureEndsPipeline: true, work.Run);
            return;
        }

        var job = new StudioJob(work, MyInvocation.Line, ThreadCount);
        JobRepository.Add(job);
        job.Start();
        WriteObject(job);
    }

    /// <summary>Returns the options for queueing training runs from the page; `null` if the current location is not in the file system.</summary>
    private StudioTrainings? Trainings()
    {
        try
        {
            return StudioQueue.For(Absolute("."));
        }
        catch (TinySoraException)
        {
            return null;
        }
    }
}
