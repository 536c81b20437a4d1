using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

public abstract record ClipStart
{
    public static ClipStart PureNoise { get; } = new NoClip();

    private sealed record NoClip : ClipStart;
}

/// <summary>Starting point made from existing clips, which are noised and then denoised.</summary>
/// <param name="From">Clip to start from. It is fitted to the model's shape in the same way as clips in a dataset.</param>
public abstract record SourceClipStart(Clip From) : ClipStart
{
    /// <summary>Amount of noise to start from, as a fraction of the noise levels: 0 adds no noise, and 1 is the noisiest level.</summary>
    public abstract double Noise { get; init; }

    internal abstract int GetLevelCount(int timesteps);

    /// <exception cref="TinySoraException">The amount of noise or the mix of clips is out of range.</exception>
    internal abstract void Check();

    /// <returns>The clips (1, C, F, H, W) and their timestep; <c>null</c> if sampling starts from pure noise.</returns>
    internal abstract SamplingStart? Start(ClipShape shape, int timesteps, Device device);

    /// <returns>(1, C, F, H, W) in [−1, 1].</returns>
    protected static Tensor Clean(Clip clip, ClipShape shape, Device device) => tensor(shape.Fit(clip)).to(device).to(ScalarType.Float32)
        .div_(255).mul_(2).sub_(1).view(1, shape.Channels, shape.Frames, shape.Height, shape.Width);
}

/// <param name="Clips">Clips (B, C, F, H, W), or a shape that broadcasts to it, in [−1, 1].</param>
/// <param name="Timestep">Timestep t that the clips are noised to; −1 leaves them clean.</param>
public sealed record SamplingStart(Tensor Clips, int Timestep);

/// <summary>A variation of an image or clip, which is noised to a fraction of the noise levels and denoised from there (SDEdit, Meng et al. 2022).</summary>
/// <param name="From">
/// Image or clip to start from. An image is copied to all frames; a clip that is too short is extended with copies of its last frame.
/// </param>
public sealed record Variation(Clip From) : SourceClipStart(From)
{
    /// <summary>
    /// Amount of noise: 0 returns the clip, 1 ignores it. The default keeps colors and positions and lets everything else change. The paper recommends 0.3
    /// to 0.6 as a balance between faithfulness and realism.
    /// </summary>
    public override double Noise { get; init; } = 0.6;

    internal override int GetLevelCount(int timesteps) => (int)Math.Round(Noise * timesteps);

    internal override void Check()
    {
        if (!(Noise is >= 0 and <= 1))
        {
            throw GenerationErrors.VariationNoise(Noise);
        }
    }

    internal override SamplingStart? Start(ClipShape shape, int timesteps, Device device)
    {
        var levels = GetLevelCount(timesteps);
        return levels == timesteps ? null : new SamplingStart(Pixels(shape, device), levels - 1);
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
/// An interpolation between two clips. Both clips get the same noise, are blended, and are then denoised (Ho et al. 2020, section 4.4). An optional prompt
/// guides the result.
/// </summary>
/// <param name="From">First clip. It is fitted to the model's shape in the same way as clips in a dataset.</param>
public sealed record Interpolation(Clip From, Clip To) : SourceClipStart(From)
{
    /// <summary>Weight of the second clip: 0 uses only <see cref="SourceClipStart.From"/>, and 1 uses only <see cref="To"/>.</summary>
    public double Mix { get; init; } = 0.5;

    /// <summary>
    /// Amount of noise to start from, as a fraction of the noise levels: greater than 0 and at most 1. At 1 (t = T−1 in the original), almost no trace of the
    /// clips remains; near 0, the result is a cross-fade of the two. The default keeps the clips' colors and lets the model draw a single object.
    /// </summary>
    public override double Noise { get; init; } = 0.75;

    internal override int GetLevelCount(int timesteps) => Math.Max(1, (int)Math.Round(Noise * timesteps));

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

    /// <summary>Blends the clips before they are noised. This is equivalent to blending noised clips, because both clips get the same noise.</summary>
    internal override SamplingStart Start(ClipShape shape, int timesteps, Device device) =>
        new(Clean(From, shape, device) * (1 - Mix) + Clean(To, shape, device) * Mix, GetLevelCount(timesteps) - 1);
}
