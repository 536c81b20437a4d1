using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families;

/// <summary>How clips of a batch are made: nothing is left open.</summary>
/// <param name="Units">Units of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
/// <param name="Shape">The shape of the clips.</param>
public abstract record SamplingPlan(int Units, ClipStart Start, ClipShape Shape)
{
    /// <summary>Of the settings those of size and speed, as far as they were asked for.</summary>
    public IReadOnlyDictionary<string, object> Sizes { get; init; } = new Dictionary<string, object>();

    /// <summary>How long a frame is shown.</summary>
    public int FrameMilliseconds { get; init; } = GenerationSettings.UsualFrameMilliseconds;

    /// <summary>Of a model of tokens, those of a clip.</summary>
    public virtual int? TokensPerClip => null;

    /// <summary>The value of each setting that had a part in it, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}
