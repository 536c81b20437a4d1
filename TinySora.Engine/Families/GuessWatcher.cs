using TinySora.Engine.Diffusion;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>Looks on while clips are made by denoising.</summary>
/// <param name="Every">Steps between two looks.</param>
/// <param name="See">Told the steps done and the clips as they are guessed then, (B, C, F, H, W) float32 in [0, 1], which are not kept.</param>
public sealed record GuessWatcher(int Every, Action<int, Tensor> See)
{
    /// <summary>Shown what is denoised itself, with the noise that is left, in place of guesses; what the last step makes of it always.</summary>
    public bool SeesNoise { get; init; }

    /// <summary>As <see cref="ReverseProcess.Run"/> tells its steps.</summary>
    /// <param name="steps">That there are.</param>
    /// <param name="pixels">Makes clips in [0, 1] of what is denoised.</param>
    /// <param name="noisy">The same of what has noise in it still; null: as the others.</param>
    internal Action<StepSeen> Of(int steps, Func<Tensor, Tensor> pixels, Func<Tensor, Tensor>? noisy = null) => step =>
    {
        var isLast = SeesNoise && step.Done == steps;
        if (isLast || step.Done % Every == 0)
        {
            See(step.Done, !SeesNoise ? pixels(step.Guess) : isLast ? pixels(step.Reached) : (noisy ?? pixels)(step.Reached));
        }
    };
}
