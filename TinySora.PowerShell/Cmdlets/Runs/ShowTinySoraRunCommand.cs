using System.Management.Automation;
using TinySora.Engine.Runs.Control;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Makes a run that is running or paused generate clips with its current weights.</summary>
[Cmdlet(VerbsCommon.Show, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Show-TinySoraRun.md")]
[OutputType(typeof(TinySoraRunPreview))]
public sealed class ShowTinySoraRunCommand : RunOrderCmdlet
{
    [Parameter]
    [ArgumentCompleter(typeof(Completers.PromptCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Prompt { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public long? Seed { get; set; }

    private protected override RunRequest Request => new(RunAction.Preview) { Prompts = Prompt, Seed = Seed };

    private protected override string Action => Prompt is null ? "Draw a sample grid" : $"Draw '{string.Join("', '", Prompt)}'";

    private protected override object? Result(string folder, RunAnswer answer, CancellationToken cancellation) =>
        new TinySoraRunPreview(answer.Path!, answer.Step, [.. Prompt ?? []], folder);
}
