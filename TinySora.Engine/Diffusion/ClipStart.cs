using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

public abstract record ClipStart
{
    public static ClipStart Noise { get; } = new PureNoise();

    private sealed record PureNoise : ClipStart;
}

/// <summary>Clips that are there, taken into noise and denoised from there.</summary>
/// <param name="From">Brought to the model's shape as clips of a dataset are.</param>
public abstract record GivenStart(Clip From) : ClipStart
{
    /// <summary>How far up the noise levels to go, at most 1.</summary>
    public new abstract double Noise { get; init; }

    internal abstract int LevelsOf(int timesteps);

    /// <exception cref="TinySoraException">A share is out of its range.</exception>
    internal abstract void Check();

    /// <returns>Clips (1, C, F, H, W) and their level; null: nothing of them is left.</returns>
    internal abstract NoisedStart? Start(ClipShape shape, int timesteps, Device device);

    /// <returns>(1, C, F, H, W) in [−1, 1].</returns>
    protected static Tensor Clean(Clip clip, ClipShape shape, Device device) => tensor(shape.Fit(clip)).to(device).to(ScalarType.Float32)
        .div_(255).mul_(2).sub_(1).view(1, shape.Channels, shape.Frames, shape.Height, shape.Width);
}

/// <param name="Clips">(B, C, F, H, W), or what expands to it, in [−1, 1].</param>
/// <param name="Level">The level t they are noised to; −1: they are left as they are.</param>
public sealed record NoisedStart(Tensor Clips, int Level);

/// <summary>
/// A video that begins with a picture or a clip: it is noised to a share of the levels and denoised from there (SDEdit, Meng et al. 2022).
/// </summary>
/// <param name="From">A picture stands still through all frames, and the last frame of a clip that is too short stays.</param>
public sealed record Variation(Clip From) : GivenStart(From)
{
    /// <summary>
    /// The amount of noise: at 0 the video is the clip, at 1 it owes nothing to the clip. The default keeps colours and places and lets the rest
    /// move; the paper finds 0.3 to 0.6 a balance of faithful and realistic.
    /// </summary>
    public override double Noise { get; init; } = 0.6;

    internal override int LevelsOf(int timesteps) => (int)Math.Round(Noise * timesteps);

    internal override void Check()
    {
        if (!(Noise is >= 0 and <= 1))
        {
            throw GenerationErrors.VariationNoise(Noise);
        }
    }

    internal override NoisedStart? Start(ClipShape shape, int timesteps, Device device)
    {
        var levels = LevelsOf(timesteps);
        return levels == timesteps ? null : new NoisedStart(Pixels(shape, device), levels - 1);
    }

    /// <returns>(1, C, F, H, W) in [−1, 1].</returns>
    internal Tensor Pixels(ClipShape shape, Device device) => Clean(Held(shape.Frames), shape, device);

    private Clip Held(int frames)
    {
        if (From.Frames >= frames)
        {
            return From;
        }

        var last = From.Frame(From.Frames - 1).ToArray();
        return From with { Pixels = [.. From.Pixels, .. Enumerable.Repeat(last, frames - From.Frames).SelectMany(frame => frame)], Frames = frames };
    }
}

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
