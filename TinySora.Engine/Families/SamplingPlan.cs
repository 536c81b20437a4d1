using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families;

/// <summary>How clips of a batch are made: nothing is left open.</summary>
/// <param name="Units">Of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
public abstract record SamplingPlan(int Units, ClipStart Start)
{
    /// <summary>The value of each setting that had a part in it, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}
