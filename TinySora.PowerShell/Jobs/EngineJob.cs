using System.Management.Automation;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// Work in the background of a session. Receive-Job gives what it wrote, Stop-Job ends it, and so does the end of the session: each returns
/// when the work has.
/// </summary>
public abstract class EngineJob : Job, IWorkStreams
{
    /// <summary>Nobody may ever receive them, and a run may take days.</summary>
    private const int MostProgressRecords = 1000;

    /// <summary>The longest time that a job's start may take; loading libtorch takes a second or two.</summary>
    private const int MostStartMilliseconds = 10_000;

    private const int LookMilliseconds = 20;

    private readonly CancellationTokenSource stop = new();
    private volatile string status = "";

    private readonly int? threads;

    /// <param name="threads">How many the tensor work shall have; null: as many as there are for it.</param>
    private protected EngineJob(string command, int? threads)
        : base(command, null) => (PSJobTypeName, this.threads) = ("TinySoraJob", threads);

    /// <summary>The progress of the job, in words.</summary>
    public override string StatusMessage => status;

    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0;

    public override string Location => "localhost";

    bool IWorkStreams.Stopping => false;

    /// <summary>Whether the caller may have the job: what others find it by exists, such as an address.</summary>
    private protected virtual bool HasBegun => true;

    /// <summary>Returns when the work has ended.</summary>
    public override void StopJob()
    {
        stop.Cancel();
        Finished.WaitOne();
    }

    /// <summary>Returns when it has begun or failed, at the latest after ten seconds.</summary>
    internal void Start()
    {
        SetJobState(JobState.Running);
        new Thread(Run) { IsBackground = true, Name = "TinySora job" }.Start();
        for (var waited = 0; waited < MostStartMilliseconds && !HasBegun; waited += LookMilliseconds)
        {
            if (Finished.WaitOne(LookMilliseconds))
            {
                return;
            }
        }
    }

    /// <summary>Writes what the work has made, on the thread that waits for it.</summary>
    private protected virtual void WriteResult(object value) => Output.Add(PSObject.AsPSObject(value));

    /// <summary>Called when all is written, on the thread that wrote it.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>The work of the job, called on a thread of its own.</summary>
    private protected abstract void Work(PipelineWriter writer, CancellationToken cancellation);

    void IWorkStreams.Object(object value) => WriteResult(value);

    void IWorkStreams.Error(ErrorRecord record) => Error.Add(record);

    void IWorkStreams.Verbose(string text) => Verbose.Add(new VerboseRecord(text));

    void IWorkStreams.Warning(string text) => Warning.Add(new WarningRecord(text));

    // Whoever receives a job wants what it made.
    void IWorkStreams.Information(string text) => Verbose.Add(new VerboseRecord(text));

    void IWorkStreams.Progress(ProgressRecord record)
    {
        status = record.StatusDescription;
        if (Progress.Count >= MostProgressRecords)
        {
            Progress.ReadAll();
        }

        Progress.Add(record);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && JobStateInfo.State == JobState.Running)
        {
            StopJob();
        }

        base.Dispose(disposing);
    }

    // On a thread of its own, and not on the engine's: whoever receives the output may hold it up, and need the engine for that.
    private void Run()
    {
        var (unwritten, failure) = BackgroundWork.Run(this, stop, threads, Work);
        failure = unwritten ?? failure;
        End();
        if (failure is not (null or OperationCanceledException))
        {
            Error.Add(ErrorRecords.From(failure));
        }

        SetJobState(failure is not (null or OperationCanceledException) ? JobState.Failed
            : stop.IsCancellationRequested ? JobState.Stopped
            : JobState.Completed);
    }
}

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

/// <summary>The studio in the background of a session. Stop-Job and the end of the session end it.</summary>
public sealed class StudioJob : EngineJob
{
    private readonly StudioWork work;

    internal StudioJob(StudioWork work, string command, int? threads)
        : base(command, threads) => this.work = work;

    /// <summary>The address of the page; null: it is not there yet, or never was.</summary>
    public Uri? Uri => work.Uri;

    private protected override bool HasBegun => work.Uri is not null;

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation) => work.Run(writer, cancellation);
}
