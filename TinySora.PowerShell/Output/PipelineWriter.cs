using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Formats;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Output;

/// <summary>
/// Queues output from work on other threads, because only the pipeline's thread can write. That thread writes the output
/// in the same order, in <see cref="Drain"/>.
/// </summary>
public sealed class PipelineWriter : IDisposable
{
    private const int ProgressMilliseconds = 250;

    /// <summary>Maximum number of skipped clips with a warning each.</summary>
    private const int MaxSkipWarnings = 5;

    /// <summary>Time without progress after which the progress bar shows the waiting time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Action<IWorkStreams>> queue = [];
    private readonly CancellationToken cancellation;
    private readonly Stopwatch standing = new();
    private long nextProgress;
    private int skipped;
    private ProgressRecord? shown;

    /// <param name="cancellation">Token that is canceled when no more output is wanted.</param>
    internal PipelineWriter(CancellationToken cancellation) => this.cancellation = cancellation;

    /// <summary>
    /// Writes an object and waits until later commands in the pipeline have processed it, so that Select-Object -First 1
    /// stops the work before a second object. Must not be called on the engine thread, which later commands may need.
    /// </summary>
    /// <exception cref="OperationCanceledException">No more output is wanted.</exception>
    public void Output(object value) => AddAndWait(streams => streams.Object(value));

    /// <summary>Writes each object with <see cref="Output"/> before requesting the next one.</summary>
    public void OutputAll(IEnumerable<object> values)
    {
        foreach (var value in values)
        {
            Output(value);
        }
    }

    /// <summary>Waits until later commands have processed all queued output. Must not be called on the engine thread.</summary>
    /// <exception cref="OperationCanceledException">No more output is wanted.</exception>
    public void Flush() => AddAndWait(_ => { });

    /// <summary>Queues an object without waiting for later commands; for use on the engine thread.</summary>
    public void Post(object value) => queue.Add(streams => streams.Object(value));

    /// <summary>Reports a non-terminating error for one item.</summary>
    public void Error(Exception exception) => queue.Add(streams => streams.Error(ErrorRecords.From(exception)));

    public void Verbose(string text) => queue.Add(streams => streams.Verbose(text));

    /// <summary>Shows text like Write-Host, on the information stream, which 6> redirects.</summary>
    public void Information(string text) => queue.Add(streams => streams.Information(text));

    /// <summary>Returns a report for work on datasets that warns about skipped clips.</summary>
    public ImportReport Report() => new(Skipped, Warning);

    /// <summary>Warns about a skipped clip. After several warnings, clips are listed with -Verbose, and <see cref="Complete"/> reports their number.</summary>
    public void Skipped(SkippedClip clip)
    {
        Action<string> report = Interlocked.Increment(ref skipped) > MaxSkipWarnings ? Verbose : Warning;
        report($"{clip}");
    }

    public void Warning(string text) => queue.Add(streams => streams.Warning(text));

    /// <summary>Shows the progress, at most once every 250 ms.</summary>
    /// <param name="share">Fraction of the work that is done, from 0 to 1.</param>
    public void Progress(string what, string status, double share, TimeSpan? remaining = null)
    {
        var (now, next) = (Environment.TickCount64, Interlocked.Read(ref nextProgress));
        if (now < next || Interlocked.CompareExchange(ref nextProgress, now + ProgressMilliseconds, next) != next)
        {
            return;
        }

        var record = new ProgressRecord(0, what, status)
        {
            PercentComplete = (int)Math.Round(100 * Math.Clamp(share, 0, 1)),
            SecondsRemaining = remaining is { TotalSeconds: >= 0 and < int.MaxValue } time ? (int)time.TotalSeconds : -1,
        };
        queue.Add(streams => Show(record, streams));
    }

    /// <summary>Shows an activity immediately, before its progress is known.</summary>
    public void Starting(string what, string status) => queue.Add(streams => Show(new ProgressRecord(0, what, status), streams));

    /// <summary>Removes the progress bar, before work of unlimited duration.</summary>
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

        // The pipeline may be stopped just after the object is written. Check this here, so that the work does not start on another object.
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Marks the end of the output.</summary>
    internal void Complete()
    {
        if (skipped > MaxSkipWarnings)
        {
            Warning($"Skipped {Plural.Count(skipped - MaxSkipWarnings, "more file")}. -Verbose lists them.");
        }

        queue.CompleteAdding();
    }

    /// <summary>
    /// Writes output until the work has completed. If writing fails (the pipeline was stopped, a later command needs no more
    /// output, or an error ends the script), stops the work and discards further output.
    /// </summary>
    /// <returns>The failure, to be rethrown once the work has ended.</returns>
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

    /// <summary>Shows one activity at a time and ends the previous one.</summary>
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

    /// <summary>Shows the waiting time, because a step may take minutes, and a frozen progress bar looks like a frozen program.</summary>
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
