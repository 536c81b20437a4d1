namespace TinySora.Engine.Training;

/// <summary>Videos to make in one batch.</summary>
/// <param name="Prompts">One per video, with weights as <see cref="Text.WeightedText"/> reads them; null or blank: without text.</param>
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

    /// <summary>
    /// One per video: guidance goes from this text's prediction instead of from the null vector's; null or blank: from the null
    /// vector. Without guidance (scale 1) a negative prompt has no effect.
    /// </summary>
    public IReadOnlyList<string?>? NegativePrompts { get; init; }

    /// <summary>One per video, for a model that is conditioned on vectors of its own (cond_dim); null: the null vector.</summary>
    public IReadOnlyList<float[]?>? Vectors { get; init; }

    /// <summary>The request for some of the videos only.</summary>
    public SampleRequest Slice(int first, int count) => this with
    {
        Prompts = [.. Prompts.Skip(first).Take(count)],
        Seeds = [.. Seeds.Skip(first).Take(count)],
        NegativePrompts = NegativePrompts?.Skip(first).Take(count).ToList(),
        Vectors = Vectors?.Skip(first).Take(count).ToList(),
    };
}
