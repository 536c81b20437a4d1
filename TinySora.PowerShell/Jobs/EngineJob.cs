using System.Management.Automation;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// A background job, whose output Receive-Job returns. Stop-Job and the end of the session stop the job, and wait until its
/// work has ended.
/// </summary>
public abstract class EngineJob : Job, IWorkStreams
{
    /// <summary>Maximum number of progress records, because they may never be received, and a run may take days.</summary>
    private const int MaxProgressRecords = 1000;

    /// <summary>Maximum time in milliseconds for the start of a job; loading libtorch takes a second or two.</summary>
    private const int MaxStartMilliseconds = 10_000;

    private const int LookMilliseconds = 20;

    private readonly CancellationTokenSource stop = new();
    private volatile string status = "";

    private readonly int? threads;

    /// <param name="threads">Number of threads for tensor work; <c>null</c> for the default.</param>
    private protected EngineJob(string command, int? threads)
        : base(command, null) => (PSJobTypeName, this.threads) = ("TinySoraJob", threads);

    /// <summary>Progress of the job as text.</summary>
    public override string StatusMessage => status;

    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0;

    public override string Location => "localhost";

    bool IWorkStreams.Stopping => false;

    /// <summary>Whether the job has progressed enough to be returned to the caller, for example because its address is known.</summary>
    private protected virtual bool HasStarted => true;

    /// <summary>Stops the work and waits until it has ended.</summary>
    public override void StopJob()
    {
        stop.Cancel();
        Finished.WaitOne();
    }

    /// <summary>Starts the work and waits until it has begun or failed, at most ten seconds.</summary>
    internal void Start()
    {
        SetJobState(JobState.Running);
        new Thread(Run) { IsBackground = true, Name = "TinySora job" }.Start();
        for (var waited = 0; waited < MaxStartMilliseconds && !HasStarted; waited += LookMilliseconds)
        {
            if (Finished.WaitOne(LookMilliseconds))
            {
                return;
            }
        }
    }

    /// <summary>Writes an object that the work has produced. Called on the thread that waits for the work.</summary>
    private protected virtual void WriteResult(object value) => Output.Add(PSObject.AsPSObject(value));

    /// <summary>Cleans up after all output has been written. Called on the thread that wrote the output.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Does the work of the job, on a separate thread.</summary>
    private protected abstract void Work(PipelineWriter writer, CancellationToken cancellation);

    void IWorkStreams.Object(object value) => WriteResult(value);

    void IWorkStreams.Error(ErrorRecord record) => Error.Add(record);

    void IWorkStreams.Verbose(string text) => Verbose.Add(new VerboseRecord(text));

    void IWorkStreams.Warning(string text) => Warning.Add(new WarningRecord(text));

    // By default, Receive-Job should return only results.
    void IWorkStreams.Information(string text) => Verbose.Add(new VerboseRecord(text));

    void IWorkStreams.Progress(ProgressRecord record)
    {
        status = record.StatusDescription;
        if (Progress.Count >= MaxProgressRecords)
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

    // Do not use the engine thread, because the receiver of the output may block this thread while it uses the engine.
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

/// <summary>A training run as a background job. Stopping the job saves a checkpoint first.</summary>
public sealed class TrainingJob : EngineJob
{
    private readonly TrainingWork work;
    private readonly EventScript? script;

    /// <param name="script">Script that handles the events of the runs; <c>null</c> without -OnEvent. The script is disposed when the work has ended.</param>
    internal TrainingJob(TrainingWork work, EventScript? script, string command, int? threads)
        : base(command, threads) => (this.work, this.script) = (work, script);

    /// <summary>Folder of the run, or parent folder of several runs. Get-TinySoraRun and related cmdlets bind it from the pipeline.</summary>
    public string ResultsPath => work.ResultsPath;

    /// <summary>
    /// Whether the run has locked its folder, so that it can be listed and controlled, or has written a warning, for example because it waits for another run.
    /// </summary>
    private protected override bool HasStarted => ResultsFolder.IsInUse(work.FirstPath) || Warning.Count > 0;

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

/// <summary>The studio as a background job. Stop-Job and the end of the session close it.</summary>
public sealed class StudioJob : EngineJob
{
    private readonly StudioWork work;

    internal StudioJob(StudioWork work, string command, int? threads)
        : base(command, threads) => this.work = work;

    /// <summary>Address of the page; <c>null</c> until the page is available.</summary>
    public Uri? Uri => work.Uri;

    private protected override bool HasStarted => work.Uri is not null;

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation) => work.Run(writer, cancellation);
}
