using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Files;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Work on a thread of its own that writes through the thread which waits for it.</summary>
internal static class BackgroundWork
{
    /// <summary>Returns when the work has ended.</summary>
    /// <param name="stop">Cancelled here when nothing can be written any more.</param>
    /// <param name="threads">How many its tensor work shall have; null: as many as there are for it.</param>
    /// <returns>Why writing failed, and why the work did; null: it did not.</returns>
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
                    // What a command has reported survives a power cut.
                    DiskFlush.Names(InputErrors.CannotWrite);
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
