namespace TinySora.Engine.Diffusion;

/// <summary>Where a clip begins that is to be sampled.</summary>
public abstract record ClipStart
{
    /// <summary>With nothing but noise.</summary>
    public static ClipStart Noise { get; } = new PureNoise();

    private sealed record PureNoise : ClipStart;
}
