using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// A video between two: both get the same noise, are blended, and denoised from there (Ho et al. 2020, section 4.4). A prompt, if there
/// is one, says towards what.
/// </summary>
/// <param name="From">Brought to the model's shape as clips of a dataset are.</param>
public sealed record Interpolation(Clip From, Clip To) : GivenStart(From)
{
    /// <summary>The mixture of the two clips; 0: only <see cref="GivenStart.From"/>; 1: only <see cref="To"/>.</summary>
    public double Mix { get; init; } = 0.5;

    /// <summary>
    /// How far up the noise levels to go, above 0, at most 1. At 1, the original's t = T−1, next to nothing of the clips is left; near 0 the
    /// result is a cross-fade of the two. The default leaves their colours and places and lets the model draw one thing.
    /// </summary>
    public override double Noise { get; init; } = 0.75;

    internal override int LevelsOf(int timesteps) => Math.Max(1, (int)Math.Round(Noise * timesteps));

    /// <exception cref="TinySoraException">TinySora.Generation.MixOutOfRange, InterpolationNoise.</exception>
    internal override void Check()
    {
        if (!(Mix is >= 0 and <= 1))
        {
            throw GenerationErrors.MixOutOfRange(Mix);
        }

        if (!(Noise is > 0 and <= 1))
        {
            throw GenerationErrors.InterpolationNoise(Noise);
        }
    }

    /// <summary>Blends the clips before they are noised; with equal noise that is the same as blending noised clips.</summary>
    internal override NoisedStart Start(ClipShape shape, int timesteps, Device device) =>
        new(Clean(From, shape, device) * (1 - Mix) + Clean(To, shape, device) * Mix, LevelsOf(timesteps) - 1);
}
