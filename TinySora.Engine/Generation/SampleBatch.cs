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

    /// <summary>Those that are not finished yet.</summary>
    public IReadOnlyList<PlannedClip> Missing => missing;

    /// <summary>Clips that are sampled: a recipe is repeated among as many as it was made, whoever they are.</summary>
    public int Length => missing.Count == 0 ? 0 : missing[0].Place?.Length ?? missing.Count;

    public bool IsFull => missing.Count > 0 && missing.Count == (missing[0].Exact ? 1 : missing[0].Place?.Length ?? MostClips);

    public bool Takes(PlannedClip clip) => clip.Finished is not null || missing.All(clip.GoesWith);

    public void Add(PlannedClip clip)
    {
        clips.Add(clip);
        if (clip.Finished is null)
        {
            missing.Add(clip);
        }
    }

    /// <summary>Where a missing clip is among those that are sampled.</summary>
    public int IndexOf(PlannedClip clip) => clip.Place?.Index ?? missing.IndexOf(clip);

    /// <summary>What the model is to make. Places that nobody wants repeat the first clip.</summary>
    public IReadOnlyList<ClipPrompt> Prompts()
    {
        var prompts = Enumerable.Repeat(missing[0].Prompt, Length).ToArray();
        foreach (var clip in missing)
        {
            prompts[IndexOf(clip)] = clip.Prompt;
        }

        return prompts;
    }
}
