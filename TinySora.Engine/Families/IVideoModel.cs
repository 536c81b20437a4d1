using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

public interface IVideoModel
{
    ClipShape Shape { get; }

    /// <summary>What prompts can be, of a model that knows classes; empty for any other.</summary>
    IReadOnlyList<string> Classes => [];

    /// <summary>The plan for the settings that were asked for, with everything else decided.</summary>
    /// <exception cref="TinySoraException">A setting is out of its range, or does not go with another.</exception>
    SamplingPlan Resolve(GenerationSettings asked);

    /// <summary>Words of a prompt that the model has never seen; empty where it can spell any word.</summary>
    /// <exception cref="TinySoraException">The prompt cannot be read.</exception>
    IReadOnlyList<string> UnknownWords(string prompt) => [];

    /// <summary>The videos of one batch, with the weights that the model has now.</summary>
    /// <param name="plan">Of <see cref="Resolve"/>.</param>
    /// <param name="observer">Null: nobody looks on.</param>
    /// <returns>(B, C, F, H, W) float32 in [0, 1], on the CPU.</returns>
    /// <exception cref="TinySoraException">A prompt cannot be read, or the model does not take it.</exception>
    Tensor Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation);
}

/// <summary>A model that makes videos, as families write it: its plans have their own type.</summary>
public interface IVideoModel<TPlan> : IVideoModel
    where TPlan : SamplingPlan
{
    /// <inheritdoc cref="IVideoModel.Resolve"/>
    new TPlan Resolve(GenerationSettings asked);

    /// <inheritdoc cref="IVideoModel.Sample"/>
    Tensor Sample(TPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation);

    SamplingPlan IVideoModel.Resolve(GenerationSettings asked) => Resolve(asked);

    Tensor IVideoModel.Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation) =>
        Sample((TPlan)plan, clips, observer, cancellation);
}

/// <summary>The prompt and seed of one clip. The same prompt, plan and seed give the same clip, up to rounding, in any batch.</summary>
public sealed record ClipPrompt(long Seed)
{
    /// <summary>The prompt, whose words may carry weights; null or blank: without text.</summary>
    public string? Text { get; init; }

    /// <summary>The negative prompt that guidance moves away from; null or blank: the clip without text.</summary>
    public string? Negative { get; init; }

    /// <summary>The vector for a model that is conditioned on vectors; null: the null vector.</summary>
    public float[]? Vector { get; init; }

    /// <summary>One prompt for each of several texts, their seeds counting up.</summary>
    public static IReadOnlyList<ClipPrompt> Of(IEnumerable<string?> texts, long seed) =>
        [.. texts.Select((text, i) => new ClipPrompt(seed + i) { Text = text })];
}

/// <summary>A complete plan for sampling the clips of a batch.</summary>
/// <param name="Units">Units of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
/// <param name="Shape">The shape of the clips.</param>
public abstract record SamplingPlan(int Units, ClipStart Start, ClipShape Shape)
{
    /// <summary>The values for size and speed that were asked for, by the names of their settings.</summary>
    public IReadOnlyDictionary<string, object> Sizes { get; init; } = new Dictionary<string, object>();

    public int FrameMilliseconds { get; init; } = GenerationSettings.UsualFrameMilliseconds;

    /// <summary>The number of tokens of a clip; null: the model has no tokens.</summary>
    public virtual int? TokensPerClip => null;

    /// <summary>The values of the settings that the plan depends on, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}

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
