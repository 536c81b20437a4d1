using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

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
