using System.Management.Automation;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Training in the background of a session. What stops it has a checkpoint saved first.</summary>
public sealed class TrainingJob : EngineJob
{
    private readonly TrainingWork work;
    private readonly EventScript? script;

    /// <param name="script">Takes the events of the runs; null: there are none. Disposed when the work has ended.</param>
    internal TrainingJob(TrainingWork work, EventScript? script, string command, int? threads)
        : base(command, threads) => (this.work, this.script) = (work, script);

    /// <summary>The folder of the run, or of the folders of several; Get-TinySoraRun and its like take it from the pipeline.</summary>
    public string ResultsPath => work.ResultsPath;

    /// <summary>The run has its folder, so that it can be listed and controlled, or warns, as one does that waits for another run.</summary>
    private protected override bool HasBegun => ResultsFolder.IsInUse(work.FirstPath) || Warning.Count > 0;

    private protected override void WriteResult(object value)
    {
        if (value is RunEvent what && script is not null)
        {
            script.Run(what, base.WriteResult, report: null, text => Warning.Add(new WarningRecord(text)));
        }
        else
        {
            base.WriteResult(value);
        }
    }

    private protected override void End() => script?.Dispose();

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation) => work.Run(writer, cancellation);
}
