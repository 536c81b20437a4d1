namespace TinySora.Engine.Latents;

/// <summary>What can be wrong with latents.</summary>
public enum LatentProblemKind
{
    Scale,
    Offset,
    SilentChannel,
    CollapsedChannel,
    HighFrequencies,
    NoiseSensitive,
    DeadCodes,
}
