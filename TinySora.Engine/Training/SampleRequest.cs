namespace TinySora.Engine.Training;

/// <summary>Videos to make in one batch.</summary>
/// <param name="Prompts">One per video; null or blank: without text.</param>
/// <param name="Seeds">One per video. The same prompt and seed give the same video in any batch.</param>
/// <param name="GuidanceScale">1: no guidance; null: the configuration's.</param>
/// <param name="Steps">Null: the configuration's, or the sampler's own default.</param>
/// <param name="Sampler">One of <see cref="Diffusion.Samplers.Names"/>; null: the configuration's.</param>
public sealed record SampleRequest(
    IReadOnlyList<string?> Prompts, IReadOnlyList<long> Seeds, double? GuidanceScale = null, int? Steps = null, string? Sampler = null)
{
    /// <summary>New noise in each step of ddim, from 0 to 1; null: the configuration's. Other samplers have none.</summary>
    public double? Eta { get; init; }

    /// <summary>Two clips to go between, instead of from pure noise.</summary>
    public Interpolation? Between { get; init; }
}
