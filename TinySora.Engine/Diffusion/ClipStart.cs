namespace TinySora.Engine.Diffusion;

/// <summary>What sampling of a clip starts from.</summary>
public abstract record ClipStart
{
    /// <summary>A clip that begins as pure noise.</summary>
    public static ClipStart Noise { get; } = new PureNoise();

    private sealed record PureNoise : ClipStart;
}
