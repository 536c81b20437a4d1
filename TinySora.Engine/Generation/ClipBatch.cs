using System.Diagnostics;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>A batch of clips in the order of their requests. Clips that do not have a video yet are sampled together, then written.</summary>
internal sealed class ClipBatch(VideoGenerator generator) : ISamplingObserver
{
    /// <summary>Maximum number of clips in a batch. It is large enough to use the processor fully, but limits memory use and the time to a result.</summary>
    public const int MaxClips = 16;

    private readonly List<PlannedClip> clips = [];
    private readonly List<(int Step, IReadOnlyList<Clip> Clips)> guesses = [];
    private IReadOnlyList<Clip> sampled = [];
    private IReadOnlyList<double>? violating;
    private string? notRecorded;
    private Exception? failure;
    private TimeSpan elapsed;
    private IProgress<int>? units;

    /// <summary>Clips that do not have a video yet.</summary>
    public IReadOnlyList<PlannedClip> Missing => [.. clips.Where(clip => clip.Finished is null)];

    public bool IsFull => clips.Count == (First.Request.Exact ? 1 : First.Place?.Length ?? MaxClips);

    public int Count => clips.Count;

    int? ISamplingObserver.PreviewInterval => First.Request.GuessEvery;

    bool ISamplingObserver.ShowsNoise => First.NoisyVideoName is not null;

    private PlannedClip First => clips[0];

    /// <summary>
    /// Number of clips to sample. Finished clips keep their positions in the batch, because the rounding of the other clips depends on their positions. To
    /// repeat a recipe, the batch has the size that the recipe specifies.
    /// </summary>
    private int Length => First.Place?.Length ?? clips.Count;

    /// <summary>Returns whether a clip can be sampled in this batch.</summary>
    public bool Takes(VideoGenerator clipGenerator, PlannedClip clip) => generator == clipGenerator && clips.TrueForAll(clip.CanBatchWith);

    public void Add(PlannedClip clip) => clips.Add(clip);

    /// <summary>Marks clips as finished if another process has written their videos since planning.</summary>
    public void FindFinished(RequestOutputs files)
    {
        for (var i = 0; i < clips.Count; i++)
        {
            clips[i] = clips[i] is { Finished: null, Request.Force: false } clip ? files.FindFinished(clip) ?? clip : clips[i];
        }
    }

    /// <summary>
    /// Samples the missing clips without writing them. If the batch fails, its clips are sampled one by one, so that one bad clip does not affect the others.
    /// </summary>
    /// <param name="lane">Index of the generator's device and thread.</param>
    /// <returns>This batch or, if it failed, a batch for each of its clips.</returns>
    public IReadOnlyList<ClipBatch> Sample(int lane, BatchProgress progress, CancellationToken cancellation)
    {
        if (Missing is not [var first, ..])
        {
            return [this];
        }

        try
        {
            var clock = Stopwatch.StartNew();
            units = progress.Of(Missing.Count, first.Plan.Units);
            sampled = generator.Sample(first.Plan, Prompts(first), lane, first.Recipe.Threads, this, cancellation);
            elapsed = clock.Elapsed / Missing.Count;
            return [this];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            failure = e;
            return clips.Count == 1 ? [this] : [.. clips.SelectMany(clip => Alone(clip).Sample(lane, progress, cancellation))];
        }
    }

    /// <summary>Writes the sampled clips.</summary>
    /// <param name="failed">Action that receives the request and the error of each clip that could not be sampled or written.</param>
    /// <returns>The videos of all clips that did not fail, including videos that already existed.</returns>
    /// <exception cref="TinySoraException">DiskFull: sampling the remaining clips is pointless.</exception>
    public IEnumerable<GeneratedVideo> Write(RequestOutputs files, Action<GenerationRequest, Exception> failed)
    {
        foreach (var clip in clips)
        {
            if ((clip.Finished ?? Write(clip, files, failed)) is GeneratedVideo video)
            {
                yield return video;
            }
        }
    }

    void IProgress<int>.Report(int value) => units!.Report(value);

    void ISamplingObserver.OnInvalidTokens(IReadOnlyList<double> shares) => violating = shares;

    void ISamplingObserver.OnRecording(string? problem) => notRecorded = problem;

    void ISamplingObserver.OnPreview(int done, Tensor clips)
    {
        if (First.NoisyVideoName is null)
        {
            guesses.Add((done, [.. Enumerable.Range(0, Length).Select(index => ClipTensor.FromTensor(clips[index]))]));
            return;
        }

        // Write each video immediately instead of collecting them, because there may be one per step.
        foreach (var clip in Missing)
        {
            var video = ClipTensor.FromTensor(clips[IndexOf(clip)], clip.Plan.FrameMilliseconds);
            ClipFile.Write(clip.NoisyVideoPath(done), video, RecipeText.Write(RecipeOf(clip)));
        }
    }

    private GeneratedVideo? Write(PlannedClip clip, RequestOutputs files, Action<GenerationRequest, Exception> failed)
    {
        var problem = failure;
        try
        {
            if (problem is null)
            {
                var (index, recipe) = (IndexOf(clip), RecipeOf(clip));
                var video = sampled[index];
                var written = files.Write(clip, recipe, video, () => ContactSheet.Draw(
                    [.. guesses.Select(guess => (guess.Clips[index], $"step {guess.Step} of {clip.Plan.Units}"))]));
                return written.Finished ?? new(recipe, written.Path, (video.Frames, video.Width, video.Height), elapsed)
                {
                    UnknownWords = [.. clip.UnknownWords], GuessPath = written.GuessPath, ViolatingTokens = violating?[index], NotRecorded = notRecorded,
                };
            }
        }
        catch (TinySoraException e)
        {
            problem = FileFailure.IsDiskFull(e) ? throw GenerationErrors.DiskFull(clip.Path, e) : e;
        }

        failed(clip.Request, problem);
        return null;
    }

    private ClipBatch Alone(PlannedClip clip)
    {
        var batch = new ClipBatch(generator);
        batch.Add(clip);
        return batch;
    }

    private int IndexOf(PlannedClip clip) => clip.Place?.Index ?? clips.IndexOf(clip);

    private Recipe RecipeOf(PlannedClip clip) => clip.Recipe with { BatchLength = Length, BatchIndex = IndexOf(clip) };

    /// <summary>Returns the prompt for each position. If a recipe is repeated, positions without a clip have the first clip's prompt.</summary>
    private ClipPrompt[] Prompts(PlannedClip first)
    {
        var prompts = Enumerable.Repeat(first.Prompt, Length).ToArray();
        clips.ForEach(clip => prompts[IndexOf(clip)] = clip.Prompt);
        return prompts;
    }
}
