namespace TinySora.Engine.Latents;

/// <summary>The kinds of problem that latents can have.</summary>
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
