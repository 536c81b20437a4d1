using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Base class of cmdlets that accept the results folders of runs by pattern, by exact name, or from the pipeline.</summary>
public abstract class RunCmdlet : EngineCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ResultsPath")]
    [ArgumentCompleter(typeof(RunCompleter))]
    [PathOf("ResultsPath", "Path", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Whether the cmdlet handles all runs by default, instead of only the newest run.</summary>
    private protected virtual bool TakesManyRuns => false;

    protected override void ProcessRecord()
    {
        foreach (var folder in Named(IsLiteral || Path.Length > 0 ? Path : Try(Unnamed) ?? [], LiteralPath, path => Expand(path, TrainingRun.AreIn)))
        {
            ProcessRun(RunOf(folder));
        }
    }

    /// <summary>Returns the folders to use if none are specified.</summary>
    /// <exception cref="TinySoraException">NoRuns.</exception>
    private string[] Unnamed()
    {
        string[] both = [Absolute(DefaultPaths.Results), Absolute(DefaultPaths.Runs)];
        return !TakesManyRuns ? [DefaultPaths.Run(Absolute, RunNeed.Run)]
            : both.Where(TrainingRun.AreIn).ToArray() is { Length: > 0 } found ? found : throw TrainingErrors.NoRuns(both[1]);
    }

    /// <param name="folder">Absolute path, which may not exist.</param>
    protected abstract void ProcessRun(string folder);
}

/// <summary>Base class of cmdlets that send a request to running or paused runs, in this process or another, and wait for the answer.</summary>
public abstract class RunOrderCmdlet : RunCmdlet
{
    private protected abstract RunRequest Request { get; }

    /// <summary>Name of the action, as shown by -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    protected override void ProcessRun(string folder)
    {
        // Check this before prompting, even with -WhatIf.
        if (Try(() => RunClient.Check(folder)) is not null && ShouldProcess(folder, Action))
        {
            RunWork(failureEndsPipeline: false, (writer, cancellation) =>
            {
                var answer = Send(folder, cancellation);
                if (Result(folder, answer, cancellation) is object result)
                {
                    writer.Output(result);
                }
            });
        }
    }

    private protected virtual RunAnswer Send(string folder, CancellationToken cancellation) => RunClient.Send(folder, Request, cancellation);

    /// <summary>Returns the object to write to the pipeline; <c>null</c> for none.</summary>
    private protected abstract object? Result(string folder, RunAnswer answer, CancellationToken cancellation);
}

/// <summary>Base class of cmdlets that change a run that is running or paused; -PassThru writes the run.</summary>
public abstract class RunStateCmdlet : RunOrderCmdlet
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override object? Result(string folder, RunAnswer answer, CancellationToken cancellation) =>
        PassThru ? TrainingRun.List(folder)[0] : null;
}
