using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families;

/// <summary>A complete plan for sampling the clips of a batch.</summary>
/// <param name="Units">Units of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
/// <param name="Shape">The shape of the clips.</param>
public abstract record SamplingPlan(int Units, ClipStart Start, ClipShape Shape)
{
    /// <summary>The values for size and speed that were asked for, by the names of their settings.</summary>
    public IReadOnlyDictionary<string, object> Sizes { get; init; } = new Dictionary<string, object>();

    /// <summary>How long a frame is shown, in milliseconds.</summary>
    public int FrameMilliseconds { get; init; } = GenerationSettings.UsualFrameMilliseconds;

    /// <summary>The number of tokens of a clip; null: the model has no tokens.</summary>
    public virtual int? TokensPerClip => null;

    /// <summary>The values of the settings that the plan depends on, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}
