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
    private readonly Queue<ClipBatch> ready = [];
    private ClipBatch? open;
    private int limit = 1;
    private int started;

    /// <summary>Number of videos still to be made.</summary>
    public int Waiting => Batches.Sum(batch => batch.Missing.Count);

    /// <summary>Whether every requested video has been returned, those that existed included.</summary>
    public bool IsEmpty => !Batches.Any();

    /// <summary>Number of tokens of the videos still to be made, if their models predict tokens.</summary>
    public long WaitingTokens => Batches.SelectMany(batch => batch.Missing).Sum(clip => (long)(clip.Plan.TokensPerClip ?? 0));

    /// <summary>Whether there is work before the next request is needed.</summary>
    public bool IsDue => ready.TryPeek(out var next) && (started == 0 || ready.Count >= lanes || next.Missing.Count == 0);

    private IEnumerable<ClipBatch> Batches => open is null ? ready : ready.Append(open);

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
        return batcher.Make(all: true, (_, failure) => ExceptionDispatchInfo.Throw(failure), progress, cancellation);
    }

    /// <summary>Checks a request and queues its clips.</summary>
    /// <exception cref="TinySoraException">As <see cref="Generate"/>; the other requests are not concerned.</exception>
    public void Add(VideoGenerator generator, GenerationRequest request, CancellationToken cancellation = default)
    {
        foreach (var clip in RequestPlanner.Plan(generator, request, files, cancellation))
        {
            if (open?.Takes(generator, clip) == false)
            {
                Close();
            }

            open ??= new(generator);
            open.Add(clip);
            if (open.IsFull)
            {
                Close();
            }
        }

        if (open?.Count >= limit)
        {
            Close();
        }
    }

    /// <summary>Makes the videos that are due, writing and yielding each as soon as it is sampled.</summary>
    /// <param name="all">Whether to make those as well that wait for further requests.</param>
    /// <param name="failed">Called, in the order of the clips, for each one that could not be sampled or written.</param>
    /// <param name="progress">Share of the work of this call, from 0 to 1; called on engine threads.</param>
    /// <exception cref="TinySoraException">DiskFull, with the first video that was not written; those yielded before are complete.</exception>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public IEnumerable<GeneratedVideo> Make(
        bool all, Action<GenerationRequest, Exception> failed, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (all)
        {
            Close();
        }

        var share = new BatchProgress(progress, ready.Sum(batch => batch.Missing.Count));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new Queue<Task<IReadOnlyList<ClipBatch>>>();
        try
        {
            while (ready.Count + running.Count > 0)
            {
                // Batches end in the order in which they began, so the next lane is free.
                while (running.Count < lanes && ready.TryDequeue(out var batch))
                {
                    batch.FindFinished(files);
                    var lane = batch.Missing.Count == 0 ? 0 : started++ % lanes;
                    running.Enqueue(Task.Run(() => batch.Sample(lane, share, stop.Token), CancellationToken.None));
                }

                foreach (var video in running.Dequeue().GetAwaiter().GetResult().SelectMany(batch => batch.Write(files, failed)))
                {
                    yield return video;
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
        if (open is not null)
        {
            limit = Math.Min(Growth * limit, ClipBatch.MostClips);
            ready.Enqueue(open);
            open = null;
        }
    }
}
