using System.Runtime.ExceptionServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Generation;

/// <summary>
/// Generates the videos of requests in the order of the requests. Consecutive requests with equal settings are sampled together, even if their prompts and
/// seeds differ: the first request immediately, for early results, and the next ones in batches that grow fourfold up to 16 clips. The batches, and thus
/// every bit of the clips, depend only on the requests, not on time, the number of GPUs or existing files.
/// </summary>
/// <param name="lanes">Number of batches to sample simultaneously. Each generator uses at most this number of GPUs.</param>
public sealed class RequestBatcher(int lanes = 1)
{
    private const int Growth = 4;

    private readonly RequestOutputs files = new();
    private readonly Queue<ClipBatch> ready = [];
    private ClipBatch? open;
    private int limit = 1;
    private int started;

    /// <summary>Number of videos that still have to be generated.</summary>
    public int Waiting => Batches.Sum(batch => batch.Missing.Count);

    /// <summary>Whether every requested video has been returned, including videos that already existed.</summary>
    public bool IsEmpty => !Batches.Any();

    /// <summary>Number of tokens in the videos that still have to be generated; 0 for models that do not predict tokens.</summary>
    public long WaitingTokens => Batches.SelectMany(batch => batch.Missing).Sum(clip => (long)(clip.Plan.TokensPerClip ?? 0));

    /// <summary>Whether a batch should be sampled before the next request arrives.</summary>
    public bool IsDue => ready.TryPeek(out var next) && (started == 0 || ready.Count >= lanes || next.Missing.Count == 0);

    private IEnumerable<ClipBatch> Batches => open is null ? ready : ready.Append(open);

    /// <summary>Generates the videos of one request. Each video is written and yielded as soon as it is ready.</summary>
    /// <param name="progress">Object that receives the completed fraction of the work, from 0 to 1, on the engine thread.</param>
    /// <exception cref="TinySoraException">
    /// Before any work: EmptyPrompt, NoClass, NoCondition, PromptTooLong, BadWeight, UnpairedParenthesis, BadGuidance, BadCount, BadBatch, OtherClip,
    /// UnknownFormat, OutputExists, FFmpegMissing, TakesNoText, TakesNoVectors, VectorWidth, NotTaken, UnknownSampler and the other errors of
    /// settings.
    /// </exception>
    /// <exception cref="OperationCanceledException">Canceled. The videos that were already yielded are complete.</exception>
    public static IEnumerable<GeneratedVideo> Generate(
        VideoGenerator generator, GenerationRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var batcher = new RequestBatcher(generator.Lanes);
        batcher.Add(generator, request, cancellation);
        return batcher.Make(all: true, (_, failure) => ExceptionDispatchInfo.Throw(failure), progress, cancellation);
    }

    /// <summary>Checks a request and queues its clips.</summary>
    /// <exception cref="TinySoraException">See <see cref="Generate"/>. Other requests are not affected.</exception>
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

    /// <summary>Generates the videos that are due. Each video is written and yielded as soon as it is ready.</summary>
    /// <param name="all">Whether to include videos whose batch is still waiting for more requests.</param>
    /// <param name="failed">Action that receives, in order, the request and the error of each clip that could not be sampled or written.</param>
    /// <param name="progress">Object that receives the completed fraction of this call's work, from 0 to 1, on engine threads.</param>
    /// <exception cref="TinySoraException">DiskFull at the first video that cannot be written. The videos that were already yielded are complete.</exception>
    /// <exception cref="OperationCanceledException">Canceled. The videos that were already yielded are complete.</exception>
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
                // Results are awaited in the order in which batches start, so the next lane is free.
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

                DiskFlush.FlushNames(MediaErrors.CannotWrite);
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
            limit = Math.Min(Growth * limit, ClipBatch.MaxClips);
            ready.Enqueue(open);
            open = null;
        }
    }
}
