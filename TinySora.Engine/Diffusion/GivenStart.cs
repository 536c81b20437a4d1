using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Clips that are there, taken into noise and denoised from there.</summary>
/// <param name="From">Brought to the model's shape as clips of a dataset are.</param>
public abstract record GivenStart(Clip From) : ClipStart
{
    /// <summary>How far up the noise levels to go, at most 1.</summary>
    public new abstract double Noise { get; init; }

    /// <summary>How many of the levels there are to go through.</summary>
    internal abstract int LevelsOf(int timesteps);

    /// <exception cref="TinySoraException">A share is out of its range.</exception>
    internal abstract void Check();

    /// <returns>Clips (1, C, F, H, W) and their level; null: nothing of them is left.</returns>
    internal abstract NoisedStart? Start(ClipShape shape, int timesteps, Device device);

    /// <returns>(1, C, F, H, W) in [−1, 1].</returns>
    protected static Tensor Clean(Clip clip, ClipShape shape, Device device) => tensor(shape.Fit(clip)).to(device).to(ScalarType.Float32)
        .div_(255).mul_(2).sub_(1).view(1, shape.Channels, shape.Frames, shape.Height, shape.Width);
}
