using System.Management.Automation;
using TinySora.Engine.Training;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// Training in the background of a session. Receive-Job gives what it wrote, Stop-Job saves a checkpoint and ends it; so does the
/// end of the session.
/// </summary>
public sealed class TrainingJob : Job, IWorkStreams
{
    /// <summary>Nobody may ever receive them, and a run may take days.</summary>
    private const int MostProgressRecords = 1000;

    /// <summary>Loading libtorch takes a second or two.</summary>
    private const int MostStartMilliseconds = 10_000;

    private const int LookMilliseconds = 20;

    private readonly CancellationTokenSource stop = new();
    private readonly TrainingWork work;
    private volatile string status = "";

    internal TrainingJob(TrainingWork work, string command)
        : base(command, null)
    {
        this.work = work;
        PSJobTypeName = "TinySoraJob";
    }

    /// <summary>The folder of the run, or of the folders of several; Get-TinySoraRun and its like take it from the pipeline.</summary>
    public string ResultsPath => work.ResultsPath;

    /// <summary>How far it is, in words.</summary>
    public override string StatusMessage => status;

    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0;

    public override string Location => "localhost";

    bool IWorkStreams.Stopping => false;

    /// <summary>Returns when the checkpoint is saved.</summary>
    public override void StopJob()
    {
        stop.Cancel();
        Finished.WaitOne();
    }

    /// <summary>Returns when the run has its folder, and so can be listed and steered; or has begun to wait for that, or failed.</summary>
    internal void Start()
    {
        SetJobState(JobState.Running);
        new Thread(Run) { IsBackground = true, Name = "TinySora job" }.Start();
        for (var waited = 0; waited < MostStartMilliseconds && !ResultsFolder.IsInUse(work.FirstPath) && Warning.Count == 0; waited += LookMilliseconds)
        {
            if (Finished.WaitOne(LookMilliseconds))
            {
                return;
            }
        }
    }

    void IWorkStreams.Object(object value) => Output.Add(PSObject.AsPSObject(value));

    void IWorkStreams.Error(ErrorRecord record) => Error.Add(record);

    void IWorkStreams.Verbose(string text) => Verbose.Add(new VerboseRecord(text));

    void IWorkStreams.Warning(string text) => Warning.Add(new WarningRecord(text));

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
        var (unwritten, failure) = BackgroundWork.Run(this, stop, work.Run);
        failure = unwritten ?? failure;
        if (failure is not (null or OperationCanceledException))
        {
            Error.Add(ErrorRecords.From(failure));
        }

        SetJobState(failure is not (null or OperationCanceledException) ? JobState.Failed
            : stop.IsCancellationRequested ? JobState.Stopped
            : JobState.Completed);
    }
}
