using System.Diagnostics;
using TinySora.Engine.Families;

namespace TinySora.Engine.Generation;

/// <summary>Clips in the order in which they were asked for, those to be made all by one pass through the model.</summary>
internal sealed class SampleBatch
{
    /// <summary>Clips sampled in one batch: enough to fill the processor, few enough for memory and for progress.</summary>
    public const int MostClips = 16;

    private readonly List<PlannedClip> clips = [];
    private readonly List<PlannedClip> missing = [];

    public SampleBatch(params ReadOnlySpan<PlannedClip> clips)
    {
        foreach (var clip in clips)
        {
            Add(clip);
        }
    }

    public IReadOnlyList<PlannedClip> Clips => clips;

    /// <summary>The clips that are not finished yet.</summary>
    public IReadOnlyList<PlannedClip> Missing => missing;

    /// <summary>
    /// Clips that are sampled. Finished ones keep their places, so that the others come out as if none had been there; a recipe is repeated
    /// among as many as it was made, whoever they are.
    /// </summary>
    public int Length => missing.Count == 0 ? 0 : clips[0].Place?.Length ?? clips.Count;

    public bool IsFull => clips.Count > 0 && clips.Count == (clips[0].Request.Exact ? 1 : clips[0].Place?.Length ?? MostClips);

    public bool Takes(PlannedClip clip) => clips.TrueForAll(clip.GoesWith);

    public void Add(PlannedClip clip)
    {
        clips.Add(clip);
        if (clip.Finished is null)
        {
            missing.Add(clip);
        }
    }

    /// <summary>The batch with clips marked as finished whose videos another process has made since they were planned.</summary>
    public SampleBatch WithFinished(OutputFolders files) =>
        new([.. clips.Select(clip => clip.Finished is null && !clip.Request.Force ? files.FindFinished(clip) ?? clip : clip)]);

    /// <summary>Where a clip is among those that are sampled.</summary>
    public int IndexOf(PlannedClip clip) => clip.Place?.Index ?? clips.IndexOf(clip);

    /// <summary>
    /// Samples what is missing; nothing is written. A batch that fails is sampled again clip by clip, so that what one of them asks for does
    /// not cost the others.
    /// </summary>
    /// <param name="lane">The device and thread of the generator to sample on, from 0.</param>
    /// <returns>A result for each clip, in their order.</returns>
    public IReadOnlyList<GenerationResult> Sample(int lane, BatchProgress progress, CancellationToken cancellation)
    {
        if (missing.Count == 0)
        {
            return [.. clips.Select(clip => new GenerationResult(clip))];
        }

        try
        {
            var clock = Stopwatch.StartNew();
            var first = missing[0];
            var observer = new BatchObserver(this, progress.Of(missing.Count, first.Plan.Units));
            var sampled = first.Generator.Sample(first.Plan, Prompts(), lane, first.Recipe.Threads, observer, cancellation);
            var elapsed = clock.Elapsed / missing.Count;
            return [.. clips.Select(clip => clip.Finished is not null ? new GenerationResult(clip) : Result(clip, IndexOf(clip)))];

            GenerationResult Result(PlannedClip clip, int index) => new(clip)
            {
                Clip = sampled[index],
                Place = (Length, index),
                Guesses = observer.GuessesOf(index),
                ViolatingTokens = observer.ViolatingOf(index),
                Elapsed = elapsed,
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return clips.Count == 1
                ? [new GenerationResult(clips[0]) { Failure = e }]
                : [.. clips.SelectMany(clip => new SampleBatch(clip).Sample(lane, progress, cancellation))];
        }
    }

    /// <summary>What the model is to make. Places that nobody wants repeat the first clip.</summary>
    private ClipPrompt[] Prompts()
    {
        var prompts = Enumerable.Repeat(missing[0].Prompt, Length).ToArray();
        foreach (var clip in clips)
        {
            prompts[IndexOf(clip)] = clip.Prompt;
        }

        return prompts;
    }
}
