using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>Looks on while clips are made by denoising.</summary>
/// <param name="Every">Steps between two looks.</param>
/// <param name="See">Told the steps done and the clips as they are guessed then, (B, C, F, H, W) float32 in [0, 1], which are not kept.</param>
public sealed record GuessWatcher(int Every, Action<int, Tensor> See)
{
    /// <summary>As <see cref="Diffusion.ReverseProcess.Run"/> tells its guesses.</summary>
    /// <param name="pixels">Makes clips in [0, 1] of what is denoised.</param>
    internal Action<int, Tensor> Of(Func<Tensor, Tensor> pixels) => (before, guess) =>
    {
        if ((before + 1) % Every == 0)
        {
            See(before + 1, pixels(guess));
        }
    };
}
