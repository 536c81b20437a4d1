using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Files;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Runs work on a separate thread, while the waiting thread writes the work's output.</summary>
internal static class BackgroundWork
{
    /// <summary>Runs work and waits until it has ended.</summary>
    /// <param name="stop">Token source that is canceled if output can no longer be written.</param>
    /// <param name="threads">Number of threads for tensor work; <c>null</c> for the default.</param>
    /// <returns>The failures of writing and of the work; <c>null</c> for success.</returns>
    public static (Exception? Unwritten, Exception? Failure) Run(
        IWorkStreams streams, CancellationTokenSource stop, int? threads, Action<PipelineWriter, CancellationToken> work)
    {
        using var writer = new PipelineWriter(stop.Token);
        var task = Task.Factory.StartNew(
            () =>
            {
                EngineThread.FixedThreads = threads;
                try
                {
                    work(writer, stop.Token);
                    // Reported results must survive a power failure.
                    DiskFlush.FlushNames(InputErrors.CannotWrite);
                }
                finally
                {
                    writer.Complete();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var unwritten = writer.Drain(streams, stop.Cancel);
        Task.WaitAny(task);
        return (unwritten, task.Exception?.InnerException);
    }
}
