using TinySora.Engine.Diffusion;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>Observes the sampling of a batch on the engine thread, and learns how many of the plan's units are done.</summary>
public interface ISamplingObserver : IProgress<int>
{
    /// <summary>
    /// Steps between two looks at the clips on their way, by a model that says so in <see cref="SettingSchema.ShowsGuesses"/>; null: it does not
    /// look.
    /// </summary>
    int? GuessEvery => null;

    /// <summary>Whether the observer is shown the noised clips themselves in place of guesses, with the last step's result.</summary>
    bool SeesNoise => false;

    /// <summary>Shows the clips as they are guessed after a step.</summary>
    /// <param name="done">Steps done.</param>
    /// <param name="clips">(B, C, F, H, W) float32 in [0, 1]; not to be kept.</param>
    void See(int done, Tensor clips)
    {
    }

    /// <summary>Tells the share of each clip's tokens that stand for no code, in a model of tokens.</summary>
    void Violating(IReadOnlyList<double> shares)
    {
    }

    /// <summary>The action that <see cref="ReverseProcess.Run"/> calls after each of its steps; null: none.</summary>
    /// <param name="steps">How many there are.</param>
    /// <param name="pixels">Makes clips in [0, 1] of what is denoised.</param>
    /// <param name="noisy">The same for what has noise in it still; null: <paramref name="pixels"/>.</param>
    internal sealed Action<StepSeen>? Steps(int steps, Func<Tensor, Tensor> pixels, Func<Tensor, Tensor>? noisy = null)
    {
        return GuessEvery is null ? null : Look;

        void Look(StepSeen step)
        {
            var isLast = SeesNoise && step.Done == steps;
            if (isLast || step.Done % GuessEvery == 0)
            {
                See(step.Done, !SeesNoise ? pixels(step.Guess) : isLast ? pixels(step.Reached) : (noisy ?? pixels)(step.Reached));
            }
        }
    }
}
