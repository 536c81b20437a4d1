using TinySora.Engine.Data;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families;

/// <summary>How clips of a batch are made: nothing is left open.</summary>
/// <param name="Units">Of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
/// <param name="Shape">Of the clips.</param>
public abstract record SamplingPlan(int Units, ClipStart Start, ClipShape Shape)
{
    /// <summary>How long a frame is shown; as the published generate command writes where nothing else is asked for.</summary>
    public int FrameMilliseconds { get; init; } = 100;

    /// <summary>The value of each setting that had a part in it, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}
