using System.Diagnostics;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>
/// Requests in, videos out in the same order. Neighbours of equal settings are sampled together, whatever their prompts and seeds:
/// the first request at once, so that there is something to see; then batches that grow fourfold up to 16 clips. How clips are
/// divided into batches, and so every bit of them, follows from the requests alone, not from time or the number of GPUs.
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

    /// <summary>Videos that are yet to be made.</summary>
    public int Waiting => open.Missing.Count + ready.Sum(batch => batch.Missing.Count);

    /// <summary>Tokens of those, where they are made of tokens.</summary>
    public long WaitingTokens => ready.Append(open).SelectMany(batch => batch.Missing).Sum(clip => (long)(clip.Plan.TokensPerClip ?? 0));

    /// <summary>Whether there is something to do before the next request is needed.</summary>
    public bool IsDue => ready.TryPeek(out var next) && (started == 0 || ready.Count >= lanes || next.Missing.Count == 0);

    /// <summary>Samples the videos of one request, writing and yielding each as soon as it is there.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <exception cref="TinySoraException">
    /// Before any work: EmptyPrompt, NoCondition, PromptTooLong, BadWeight, UnpairedParenthesis, BadGuidance, BadCount, BadBatch, OtherClip,
    /// UnknownFormat, OutputExists, FFmpegMissing, TakesNoText, TakesNoVectors, VectorWidth, NotTaken, UnknownSampler and the other errors of
    /// settings.
    /// </exception>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public static IEnumerable<GeneratedVideo> Generate(
        VideoGenerator generator, GenerationRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var batcher = new RequestBatcher(generator.Lanes);
        batcher.Add(generator, request);
        return batcher.Make(all: true, progress, cancellation).Select(outcome =>
        {
            if (outcome.Failure is not null)
            {
                ExceptionDispatchInfo.Throw(outcome.Failure);
            }

            return outcome.Video!;
        });
    }

    /// <summary>Checks a request and lines its clips up.</summary>
    /// <exception cref="TinySoraException">As <see cref="Generate"/>; the other requests are not concerned.</exception>
    public void Add(VideoGenerator generator, GenerationRequest request)
    {
        foreach (var clip in RequestPlanner.Plan(generator, request, files))
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

        if (open.Missing.Count >= limit || open.Missing.Count == 0)
        {
            Close();
        }
    }

    /// <summary>Makes the videos that are due, writing and yielding each as soon as it is there.</summary>
    /// <param name="all">Those that still wait for others, too: no more requests follow.</param>
    /// <param name="progress">Share of the work of this call, from 0 to 1; called on engine threads.</param>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public IEnumerable<GenerationOutcome> Make(bool all, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (all)
        {
            Close();
        }

        var share = new SharedProgress(progress, ready.Sum(batch => batch.Missing.Count));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new Queue<Task<IReadOnlyList<Sampled>>>();
        try
        {
            while (ready.Count + running.Count > 0)
            {
                // Batches end in the order in which they began, so the next lane is free.
                while (running.Count < lanes && ready.TryDequeue(out var batch))
                {
                    var lane = batch.Missing.Count == 0 ? 0 : started++ % lanes;
                    running.Enqueue(Task.Run(() => Sample(batch, lane, share, stop.Token), CancellationToken.None));
                }

                foreach (var sampled in running.Dequeue().GetAwaiter().GetResult())
                {
                    yield return sampled.Write();
                }
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
            limit = open.Missing.Count > 0 ? Math.Min(Growth * limit, SampleBatch.MostClips) : limit;
            ready.Enqueue(open);
            open = new SampleBatch();
        }
    }

    /// <summary>A batch that fails is sampled again clip by clip, so that what one of them asks for does not cost the others.</summary>
    private static IReadOnlyList<Sampled> Sample(SampleBatch batch, int lane, SharedProgress progress, CancellationToken cancellation)
    {
        if (batch.Missing.Count == 0)
        {
            return [.. batch.Clips.Select(clip => new Sampled(clip))];
        }

        try
        {
            var clock = Stopwatch.StartNew();
            var first = batch.Missing[0];
            var units = progress.Of(batch.Missing.Count, first.Plan.Units);
            var guesses = new List<(int Step, IReadOnlyList<Clip> Clips)>();
            IReadOnlyList<double>? violations = null;
            var plan = first.Plan with
            {
                Violations = shares => violations = shares,
                Watcher = first.GuessEvery is not int every ? null
                    : first.FilmName is not null ? new(every, (step, seen) => WriteFilms(batch, step, seen)) { SeesNoise = true }
                    : new(every, (step, seen) =>
                        guesses.Add((step, [.. Enumerable.Range(0, batch.Length).Select(index => ClipTensor.FromTensor(seen[index]))]))),
            };
            var clips = first.Generator.Sample(plan, batch.Prompts(), lane, first.Recipe.Threads, units, cancellation);
            var elapsed = clock.Elapsed / batch.Missing.Count;
            return [.. batch.Clips.Select(clip => clip.Finished is not null ? new Sampled(clip) : new Sampled(clip)
            {
                Clip = clips[batch.IndexOf(clip)],
                Violations = violations?[batch.IndexOf(clip)],
                Guesses = [.. guesses.Select(guess => (guess.Clips[batch.IndexOf(clip)], $"step {guess.Step} of {plan.Units}"))],
                Elapsed = elapsed,
                Place = (batch.Length, batch.IndexOf(clip)),
            })];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return batch.Clips.Count == 1
                ? [new Sampled(batch.Clips[0]) { Failure = e }]
                : [.. batch.Clips.SelectMany(clip => Sample(new SampleBatch(clip), lane, progress, cancellation))];
        }
    }

    /// <summary>At once: there may be as many as steps.</summary>
    private static void WriteFilms(SampleBatch batch, int step, Tensor seen)
    {
        foreach (var clip in batch.Missing)
        {
            var index = batch.IndexOf(clip);
            var recipe = clip.Recipe with { BatchLength = batch.Length, BatchIndex = index };
            ClipFile.Write(clip.FilmOf(step), ClipTensor.FromTensor(seen[index], clip.Plan.FrameMilliseconds), RecipeText.Write(recipe));
        }
    }

    /// <summary>A clip out of the model, not written yet; or a finished one, or a failure.</summary>
    private sealed record Sampled(PlannedClip Planned)
    {
        public Clip? Clip { get; init; }

        /// <summary>See <see cref="GeneratedVideo.ViolatingTokens"/>.</summary>
        public double? Violations { get; init; }

        /// <summary>What it was guessed to be on the way, and when.</summary>
        public IReadOnlyList<(Clip Clip, string Caption)> Guesses { get; init; } = [];

        public TimeSpan Elapsed { get; init; }

        public (int Length, int Index) Place { get; init; }

        public Exception? Failure { get; init; }

        public GenerationOutcome Write()
        {
            if (Clip is null)
            {
                return new(Planned.Finished, Failure);
            }

            var recipe = Planned.Recipe with { BatchLength = Place.Length, BatchIndex = Place.Index };
            try
            {
                var isStill = Planned.Path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
                var image = isStill ? ContactSheet.Draw([(Clip, recipe.Prompt ?? "")]) : Clip;
                if (Planned.FilmName is null && Planned.GuessPath is string path)
                {
                    ClipFile.Write(path, ContactSheet.Draw(Guesses), RecipeText.Write(recipe));
                }

                ClipFile.Write(Planned.Path, image, RecipeText.Write(recipe));
                var video = new GeneratedVideo(recipe, Planned.Path, (Clip.Frames, Clip.Width, Clip.Height), Elapsed);
                return new(video with { UnknownWords = [.. Planned.UnknownWords], GuessPath = Planned.GuessPath, ViolatingTokens = Violations }, null);
            }
            catch (TinySoraException e)
            {
                return new(null, e);
            }
        }
    }

    /// <summary>Turns the steps of batches side by side into a share of all clips, at once and on the thread that reports.</summary>
    private sealed class SharedProgress(IProgress<double>? whole, int clips)
    {
        private readonly object access = new();
        private double done;

        public IProgress<int> Of(int batch, int steps) => new Steps(this, (double)batch / steps / clips);

        private void Add(double share)
        {
            lock (access)
            {
                done += share;
                whole?.Report(Math.Min(done, 1));
            }
        }

        private sealed class Steps(SharedProgress all, double perStep) : IProgress<int>
        {
            private int reported;

            public void Report(int value)
            {
                all.Add((value - reported) * perStep);
                reported = value;
            }
        }
    }
}
