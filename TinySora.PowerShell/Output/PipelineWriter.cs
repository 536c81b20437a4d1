using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using TinySora.Engine.Data.Import;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Output;

/// <summary>
/// PowerShell lets only the pipeline's own thread write. Work on other threads hands its output over here, and the
/// pipeline's thread, meanwhile in <see cref="Drain"/>, writes it in the same order.
/// </summary>
public sealed class PipelineWriter : IDisposable
{
    private const int ProgressMilliseconds = 250;

    /// <summary>After this time without news the bar tells how long it has stood.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Action<IWorkStreams>> queue = [];
    private readonly CancellationToken cancellation;
    private readonly Stopwatch standing = new();
    private long nextProgress;
    private ProgressRecord? shown;

    /// <param name="cancellation">Cancelled when nobody wants output any more.</param>
    internal PipelineWriter(CancellationToken cancellation) => this.cancellation = cancellation;

    /// <summary>
    /// Writes an object and returns when the commands after this one have dealt with it, so that Select-Object -First 1
    /// stops the work before it makes a second. Not to be called on the engine thread: those commands may need it.
    /// </summary>
    /// <exception cref="OperationCanceledException">They want no more.</exception>
    public void Output(object value) => AddAndWait(streams => streams.Object(value));

    /// <summary>Writes each object, as <see cref="Output"/> does, before it asks for the next.</summary>
    public void OutputAll(IEnumerable<object> values)
    {
        foreach (var value in values)
        {
            Output(value);
        }
    }

    /// <summary>Returns when the commands after this one have dealt with all that was handed over; not to be called on the engine thread.</summary>
    /// <exception cref="OperationCanceledException">They want no more.</exception>
    public void Flush() => AddAndWait(_ => { });

    /// <summary>Writes an object without waiting for what the commands after this one do with it; for the engine thread.</summary>
    public void Post(object value) => queue.Add(streams => streams.Object(value));

    /// <summary>Reports an error of one item; the work goes on with the others.</summary>
    public void Error(Exception exception) => queue.Add(streams => streams.Error(ErrorRecords.From(exception)));

    public void Verbose(string text) => queue.Add(streams => streams.Verbose(text));

    /// <summary>Shown without being asked for, as Write-Host shows text: 6> leads it elsewhere.</summary>
    public void Information(string text) => queue.Add(streams => streams.Information(text));

    /// <summary>A report of work on datasets that warns about everything left out.</summary>
    public ImportReport Report() => new(clip => Warning($"{clip}"), Warning);

    public void Warning(string text) => queue.Add(streams => streams.Warning(text));

    /// <summary>Shows how far the work is; calls that follow too fast are left out.</summary>
    /// <param name="share">From 0 to 1.</param>
    public void Progress(string what, string status, double share, TimeSpan? remaining = null)
    {
        var now = Environment.TickCount64;
        if (now < nextProgress)
        {
            return;
        }

        nextProgress = now + ProgressMilliseconds;
        var record = new ProgressRecord(0, what, status)
        {
            PercentComplete = (int)Math.Round(100 * Math.Clamp(share, 0, 1)),
            SecondsRemaining = remaining is { TotalSeconds: >= 0 and < int.MaxValue } time ? (int)time.TotalSeconds : -1,
        };
        queue.Add(streams => Show(record, streams));
    }

    /// <summary>Shows at once what is done before there is a share to tell.</summary>
    public void Starting(string what, string status) => queue.Add(streams => Show(new ProgressRecord(0, what, status), streams));

    /// <summary>Takes the progress bar away: what follows goes on for as long as somebody wants it.</summary>
    public void Done() => queue.Add(streams =>
    {
        EndProgress(streams);
        shown = null;
    });

    public void Dispose() => queue.Dispose();

    private void AddAndWait(Action<IWorkStreams> write)
    {
        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Add(streams =>
        {
            try
            {
                write(streams);
                written.SetResult();
            }
            catch
            {
                written.SetCanceled(CancellationToken.None);
                throw;
            }
        });
        written.Task.WaitAsync(cancellation).GetAwaiter().GetResult();

        // The other thread may be slower to cancel than this one to begin with the next object.
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Says that no more output follows.</summary>
    internal void Complete() => queue.CompleteAdding();

    /// <summary>
    /// Writes until the work has completed. When writing fails (the pipeline was stopped, a later command has enough, an
    /// error shall end the script) the work is told to stop, and what it still writes is dropped.
    /// </summary>
    /// <returns>The failure, which has to be thrown again once the work has ended.</returns>
    internal Exception? Drain(IWorkStreams streams, Action stop)
    {
        Exception? failure = null;
        while (!queue.IsCompleted)
        {
            var hasNews = queue.TryTake(out var write, Patience);
            if (failure is not null)
            {
                continue;
            }

            try
            {
                (hasNews ? write! : ShowPatience)(streams);
            }
            catch (Exception e)
            {
                failure = e;
                stop();
            }
        }

        try
        {
            EndProgress(streams);
        }
        catch (Exception e)
        {
            failure ??= e;
        }

        return failure;
    }

    /// <summary>One activity at a time: the one before has ended.</summary>
    private void Show(ProgressRecord record, IWorkStreams streams)
    {
        if (shown?.Activity != record.Activity)
        {
            EndProgress(streams);
        }

        shown = record;
        standing.Restart();
        streams.Progress(record);
    }

    private void EndProgress(IWorkStreams streams)
    {
        if (shown is not null && !streams.Stopping)
        {
            streams.Progress(new ProgressRecord(0, shown.Activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    /// <summary>A step may take minutes, and a bar that stands still looks like a program that does.</summary>
    private void ShowPatience(IWorkStreams streams)
    {
        if (shown is not null)
        {
            var seconds = (int)standing.Elapsed.TotalSeconds;
            streams.Progress(new ProgressRecord(0, shown.Activity, $"{shown.StatusDescription} ({seconds} s)")
            {
                PercentComplete = shown.PercentComplete,
                SecondsRemaining = shown.SecondsRemaining < 0 ? -1 : Math.Max(0, shown.SecondsRemaining - seconds),
            });
        }
    }
}
