using System.Management.Automation;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute.Threads;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Jobs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>
/// Runs time-consuming work on another thread while the pipeline's thread writes its output. Ctrl+C cancels the work and
/// waits until it has ended; training saves a checkpoint first.
/// </summary>
public abstract class EngineCmdlet : TinySoraCmdlet
{
    /// <summary>Number of threads for tensor work; <c>null</c> for the default.</summary>
    private protected virtual int? WorkThreads => null;

    /// <summary>Writes an object that the work has produced. Called on the pipeline's thread.</summary>
    private protected virtual void WriteResult(object value) => WriteObject(value);

    /// <param name="work">Called on a separate thread.</param>
    /// <returns><c>true</c> if the work succeeded; <c>false</c> after a non-terminating error.</returns>
    protected bool RunWork(bool failureEndsPipeline, Action<PipelineWriter, CancellationToken> work)
    {
        var (unwritten, failure) = BackgroundWork.Run(new CmdletStreams(this, WriteResult), Stop, WorkThreads, work);
        if (unwritten is not null)
        {
            ExceptionDispatchInfo.Throw(unwritten);
        }

        // If a signal ended the work early, the work (such as training) has still written its results. The exit code reports the signal.
        if (failure is null && !EngineThread.Stopping.IsCancellationRequested)
        {
            return true;
        }

        if (failure is null or OperationCanceledException || ErrorRecords.IsFlowControl(failure))
        {
            throw new PipelineStoppedException();
        }

        if (failureEndsPipeline)
        {
            ThrowTerminatingError(ErrorRecords.From(failure));
        }

        WriteError(ErrorRecords.From(failure));
        return false;
    }
}

/// <summary>Base class of cmdlets with a choice of device and number of threads.</summary>
public abstract class DeviceCmdlet : EngineCmdlet
{
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [DeviceName]
    public virtual string Device { get; set; } = "auto";

    [Parameter]
    [ValidateRange(1, 1024)]
    [Number(IsWhole = true)]
    public virtual int? ThreadCount { get; set; }

    private protected override int? WorkThreads => ThreadCount;
}
