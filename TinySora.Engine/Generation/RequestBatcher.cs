using System.Runtime.ExceptionServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Generation;

/// <summary>
/// Requests in, videos out in the same order. Neighbours of equal settings are sampled together, whatever their prompts and seeds:
/// the first request at once, so that there is something to see; then batches that grow fourfold up to 16 clips. How clips are
/// divided into batches, and so every bit of them, follows from the requests alone, not from time, the number of GPUs or what is there already.
/// </summary>
/// <param name="lanes">Batches that are sampled side by side; generators have as many GPUs, or fewer.</param>
public sealed class RequestBatcher(int lanes = 1)
{
    private const int Growth = 4;

    private readonly OutputFolders files = new();
    private readonly Queue<SampleBatch> ready = [];
    private SampleBatch open = new();
    private int limit = 1;
    private int started;

    /// <summary>The number of videos that are yet to be made.</summary>
    public int Waiting => open.Missing.Count + ready.Sum(batch => batch.Missing.Count);

    /// <summary>Whether every video that was asked for has been given, those that were there already as well.</summary>
    public bool IsEmpty => ready.Count + open.Clips.Count == 0;

    /// <summary>The number of tokens of those videos, where the model has tokens.</summary>
    public long WaitingTokens => ready.Append(open).SelectMany(batch => batch.Missing).Sum(clip => (long)(clip.Plan.TokensPerClip ?? 0));

    /// <summary>Whether there is something to do before the next request is needed.</summary>
    public bool IsDue => ready.TryPeek(out var next) && (started == 0 || ready.Count >= lanes || next.Missing.Count == 0);

    /// <summary>Samples the videos of one request, writing and yielding each as soon as it is there.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <exception cref="TinySoraException">
    /// Before any work: EmptyPrompt, NoClass, NoCondition, PromptTooLong, BadWeight, UnpairedParenthesis, BadGuidance, BadCount, BadBatch, OtherClip,
    /// UnknownFormat, OutputExists, FFmpegMissing, TakesNoText, TakesNoVectors, VectorWidth, NotTaken, UnknownSampler and the other errors of
    /// settings.
    /// </exception>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public static IEnumerable<GeneratedVideo> Generate(
        VideoGenerator generator, GenerationRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var batcher = new RequestBatcher(generator.Lanes);
        batcher.Add(generator, request, cancellation);
        return batcher.Make(all: true, progress, cancellation).Select(result =>
        {
            if (result.Failure is not null)
            {
                ExceptionDispatchInfo.Throw(result.Failure);
            }

            return result.Video!;
        });
    }

    /// <summary>Checks a request and queues its clips.</summary>
    /// <exception cref="TinySoraException">As <see cref="Generate"/>; the other requests are not concerned.</exception>
    public void Add(VideoGenerator generator, GenerationRequest request, CancellationToken cancellation = default)
    {
        foreach (var clip in RequestPlanner.Plan(generator, request, files, cancellation))
        {
            if (!open.Takes(clip))
            {
                Close();
            }

            open.Add(clip);
            if (open.IsFull)
            {
                Close();
            }
        }

        if (open.Clips.Count >= limit)
        {
            Close();
        }
    }

    /// <summary>Makes the videos that are due, writing and yielding each as soon as it is there.</summary>
    /// <param name="all">Those that still wait for others, too: no more requests follow.</param>
    /// <param name="progress">Share of the work of this call, from 0 to 1; called on engine threads.</param>
    /// <exception cref="TinySoraException">DiskFull, with the first video that was not written; those yielded before are complete.</exception>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public IEnumerable<GenerationResult> Make(bool all, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (all)
        {
            Close();
        }

        var share = new BatchProgress(progress, ready.Sum(batch => batch.Missing.Count));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new Queue<Task<IReadOnlyList<GenerationResult>>>();
        try
        {
            while (ready.Count + running.Count > 0)
            {
                // Batches end in the order in which they began, so the next lane is free.
                while (running.Count < lanes && ready.TryDequeue(out var batch))
                {
                    // Another process may have made some of them meanwhile.
                    batch = batch.WithFinished(files);
                    var lane = batch.Missing.Count == 0 ? 0 : started++ % lanes;
                    running.Enqueue(Task.Run(() => batch.Sample(lane, share, stop.Token), CancellationToken.None));
                }

                foreach (var result in running.Dequeue().GetAwaiter().GetResult())
                {
                    yield return result.Written(files);
                }

                DiskFlush.Names(MediaErrors.CannotWrite);
            }
        }
        finally
        {
            stop.Cancel();
            Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    private void Close()
    {
        if (open.Clips.Count > 0)
        {
            limit = Math.Min(Growth * limit, SampleBatch.MostClips);
            ready.Enqueue(open);
            open = new SampleBatch();
        }
    }
}
