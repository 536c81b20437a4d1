using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families;

/// <summary>How clips of a batch are made: nothing is left open.</summary>
/// <param name="Units">Units of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
/// <param name="Shape">The shape of the clips.</param>
public abstract record SamplingPlan(int Units, ClipStart Start, ClipShape Shape)
{
    /// <summary>The values for size and speed that were asked for, by the names of their settings.</summary>
    public IReadOnlyDictionary<string, object> Sizes { get; init; } = new Dictionary<string, object>();

    /// <summary>How long a frame is shown.</summary>
    public int FrameMilliseconds { get; init; } = GenerationSettings.UsualFrameMilliseconds;

    /// <summary>The number of tokens of a clip; null: the model has no tokens.</summary>
    public virtual int? TokensPerClip => null;

    /// <summary>The value of each setting that had a part in it, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}
