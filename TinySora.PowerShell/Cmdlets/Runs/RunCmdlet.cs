using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Orders;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Takes the results folders of runs: by pattern, by exact name, or as ResultsPath of what is piped in.</summary>
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

    /// <summary>Whether all runs are taken if none is named, and not the newest alone.</summary>
    private protected virtual bool TakesManyRuns => false;

    protected override void ProcessRecord()
    {
        foreach (var folder in Named(IsLiteral || Path.Length > 0 ? Path : Require(Unnamed), LiteralPath, Runs))
        {
            ProcessRun(RunOf(folder));
        }
    }

    /// <summary>The folders that are taken if none is named.</summary>
    private string[] Unnamed()
    {
        string[] both = [Absolute(DefaultPaths.Results), Absolute(DefaultPaths.Runs)];
        return TakesManyRuns ? [.. both.Where(TrainingRun.AreIn).DefaultIfEmpty(both[0])] : [DefaultPaths.Run(Absolute, RunNeed.Run)];
    }

    /// <summary>The folders of runs that a path or pattern stands for; other folders that a pattern matches are passed over.</summary>
    private IReadOnlyList<string> Runs(string path)
    {
        var found = Expand(path);
        return found.Count == 1 && found[0] == Absolute(path) ? found : Matching(path, [.. found.Where(TrainingRun.AreIn)]);
    }

    /// <param name="folder">Absolute; it may not exist.</param>
    protected abstract void ProcessRun(string folder);
}

/// <summary>Gives an order to live runs, of this process or another, and waits until it is carried out.</summary>
public abstract class RunOrderCmdlet : RunCmdlet
{
    private protected abstract RunRequest Request { get; }

    /// <summary>The name of the action, as -WhatIf and -Confirm show it.</summary>
    private protected abstract string Action { get; }

    protected override void ProcessRun(string folder)
    {
        // Before anybody is asked, and for -WhatIf.
        if (Try(() => RunClient.Check(folder)) is not null && ShouldProcess(folder, Action))
        {
            RunWork(failureEndsPipeline: false, (writer, cancellation) =>
            {
                var answer = RunClient.Send(folder, Request, cancellation);
                if (Result(folder, answer, cancellation) is object result)
                {
                    writer.Output(result);
                }
            });
        }
    }

    /// <summary>The object that is written to the pipeline; null: none.</summary>
    private protected abstract object? Result(string folder, RunAnswer answer, CancellationToken cancellation);
}

/// <summary>Changes a live run; the run itself is written only when asked for.</summary>
public abstract class RunStateCmdlet : RunOrderCmdlet
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override object? Result(string folder, RunAnswer answer, CancellationToken cancellation) =>
        PassThru ? TrainingRun.List(folder)[0] : null;
}
