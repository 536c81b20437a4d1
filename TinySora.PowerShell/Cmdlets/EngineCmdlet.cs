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
/// Runs long work on another thread while the pipeline's thread writes what it hands over. Ctrl-C cancels the work and
/// waits until it has ended, which for training means: until the checkpoint is saved.
/// </summary>
public abstract class EngineCmdlet : TinySoraCmdlet
{
    /// <summary>How many threads the tensor work shall have; null: as many as there are for it.</summary>
    private protected virtual int? WorkThreads => null;

    /// <summary>Writes what the work has made, on the pipeline's thread.</summary>
    private protected virtual void WriteResult(object value) => WriteObject(value);

    /// <param name="work">Called on a thread of its own.</param>
    /// <returns>True when it ended well; false after a non-terminating error.</returns>
    protected bool RunWork(bool failureEndsPipeline, Action<PipelineWriter, CancellationToken> work)
    {
        var (unwritten, failure) = BackgroundWork.Run(new CmdletStreams(this, WriteResult), Stop, WorkThreads, work);
        if (unwritten is not null)
        {
            ExceptionDispatchInfo.Throw(unwritten);
        }

        // What a signal has ended early, as training, has its results, and the program's exit code is to tell.
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

/// <summary>Work whose caller may say on what it is computed.</summary>
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
