using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>
/// A video between two: both get the same noise, are blended, and denoised from there (Ho et al. 2020, section 4.4). A prompt, if there
/// is one, says towards what.
/// </summary>
/// <param name="From">Brought to the model's shape as clips of a dataset are.</param>
public sealed record Interpolation(Clip From, Clip To) : ClipStart
{
    /// <summary>0: only <see cref="From"/>; 1: only <see cref="To"/>.</summary>
    public double Mix { get; init; } = 0.5;

    /// <summary>
    /// How far up the noise levels to go, above 0, at most 1. At 1, the original's t = T−1, next to nothing of the clips is left; near 0 the
    /// result is a cross-fade of the two. The default leaves their colours and places and lets the model draw one thing.
    /// </summary>
    public new double Noise { get; init; } = 0.75;

    /// <summary>The level t that <see cref="Noise"/> means.</summary>
    internal int LevelOf(int timesteps) => Math.Max(1, (int)Math.Round(Noise * timesteps)) - 1;

    /// <exception cref="TinySoraException">TinySora.Generation.MixOutOfRange, InterpolationNoise.</exception>
    internal void Check()
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

    /// <returns>Clips (1, C, F, H, W): they are blended first, since with equal noise that is the same.</returns>
    internal NoisedStart Start(ClipShape shape, int timesteps, Device device)
    {
        Tensor Clean(Clip clip) => tensor(shape.Fit(clip)).to(device).to(ScalarType.Float32)
            .div_(255).mul_(2).sub_(1).view(1, shape.Channels, shape.Frames, shape.Size, shape.Width);

        return new NoisedStart(Clean(From) * (1 - Mix) + Clean(To) * Mix, LevelOf(timesteps));
    }
}
