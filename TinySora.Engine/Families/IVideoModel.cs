using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

public interface IVideoModel
{
    ClipShape Shape { get; }

    /// <summary>When sampling computes in bfloat16.</summary>
    MixedPrecision Amp { get; }

    /// <summary>Prompts of a class-conditional model; empty for other models.</summary>
    IReadOnlyList<string> Classes => [];

    /// <summary>Maximum number of sampling steps; <c>null</c> if there is no limit.</summary>
    int? MaxSteps => null;

    /// <summary>Creates a sampling plan from the requested settings, with default values for all other settings.</summary>
    /// <exception cref="TinySoraException">A setting is out of range or incompatible with another.</exception>
    SamplingPlan Resolve(GenerationSettings requested);

    /// <summary>Returns the words in a prompt that do not occur in the training captions; empty if the text encoder can read any word.</summary>
    /// <exception cref="TinySoraException">The prompt is malformed.</exception>
    IReadOnlyList<string> UnknownWords(string prompt) => [];

    /// <summary>Generates the videos of one batch with the model's current weights.</summary>
    /// <param name="plan">Result of <see cref="Resolve"/>.</param>
    /// <param name="observer">Observer of the sampling; <c>null</c> for no observer.</param>
    /// <returns>(B, C, F, H, W) float32 in [0, 1], on the CPU.</returns>
    /// <exception cref="TinySoraException">A prompt is malformed, or not supported by the model.</exception>
    Tensor Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation);
}

/// <summary>A video model with its own type of sampling plan. Families implement this interface.</summary>
public interface IVideoModel<TPlan> : IVideoModel
    where TPlan : SamplingPlan
{
    /// <inheritdoc cref="IVideoModel.Resolve"/>
    new TPlan Resolve(GenerationSettings requested);

    /// <inheritdoc cref="IVideoModel.Sample"/>
    Tensor Sample(TPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation);

    SamplingPlan IVideoModel.Resolve(GenerationSettings requested) => Resolve(requested);

    Tensor IVideoModel.Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation) =>
        Sample((TPlan)plan, clips, observer, cancellation);
}

/// <summary>Prompt and seed of one clip. The same prompt, plan and seed result in the same clip in any batch, up to rounding.</summary>
public sealed record ClipPrompt(long Seed)
{
    /// <summary>Prompt, optionally with weighted words; <c>null</c> or blank for unconditional sampling.</summary>
    public string? Text { get; init; }

    /// <summary>Negative prompt that guidance moves away from; <c>null</c> or blank for the unconditional prediction.</summary>
    public string? Negative { get; init; }

    /// <summary>Conditioning vector, for a model that is conditioned on vectors; <c>null</c> for the null vector.</summary>
    public float[]? Vector { get; init; }

    /// <summary>Creates one prompt per text, with consecutive seeds.</summary>
    public static IReadOnlyList<ClipPrompt> FromTexts(IEnumerable<string?> texts, long seed) =>
        [.. texts.Select((text, i) => new ClipPrompt(seed + i) { Text = text })];
}

/// <summary>A complete plan for sampling a batch of clips.</summary>
/// <param name="Units">Number of units of work per batch. Progress is reported after each unit.</param>
/// <param name="Start">Starting point of sampling: pure noise or existing clips.</param>
/// <param name="Shape">Shape of the clips.</param>
public abstract record SamplingPlan(int Units, ClipStart Start, ClipShape Shape)
{
    /// <summary>Explicitly requested values for the video's size and playback speed, by setting name.</summary>
    public IReadOnlyDictionary<string, object> Sizes { get; init; } = new Dictionary<string, object>();

    public int FrameMilliseconds { get; init; } = GenerationSettings.DefaultFrameMilliseconds;

    /// <summary>Number of tokens per clip; <c>null</c> for models without tokens.</summary>
    public virtual int? TokensPerClip => null;

    /// <summary>Values of all settings that the plan results from, by setting name, for the recipe.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}

/// <summary>Observes the sampling of a batch, on the engine thread. Receives the number of completed units.</summary>
public interface ISamplingObserver : IProgress<int>
{
    /// <summary>
    /// Number of steps between previews of the clips, for models with <see cref="SettingSchema.SupportsPreviews"/>; <c>null</c> for no previews.
    /// </summary>
    int? PreviewInterval => null;

    /// <summary>Whether previews show the noisy clips, and finally the result, instead of predicted x₀.</summary>
    bool ShowsNoise => false;

    /// <param name="done">Number of completed steps.</param>
    /// <param name="clips">(B, C, F, H, W) float32 in [0, 1]; only valid during the call.</param>
    void OnPreview(int done, Tensor clips)
    {
    }

    /// <summary>Receives the fraction of predicted tokens that are not valid codes, for each clip of a token model.</summary>
    void OnInvalidTokens(IReadOnlyList<double> shares)
    {
    }

    /// <summary>Receives why the passes through the network are not replayed from a recording, which would be faster; <c>null</c> if they are.</summary>
    void OnRecording(string? problem)
    {
    }

    /// <summary>Returns a callback for <see cref="ReverseProcess.Run"/> that shows previews; <c>null</c> if no previews are requested.</summary>
    /// <param name="steps">Number of steps.</param>
    /// <param name="pixels">Maps denoised clips to [0, 1].</param>
    /// <param name="noisy">Maps noisy clips to [0, 1]; <c>null</c> to use <paramref name="pixels"/>.</param>
    internal sealed Action<SamplingStepResult>? CreateStepCallback(int steps, Func<Tensor, Tensor> pixels, Func<Tensor, Tensor>? noisy = null)
    {
        return PreviewInterval is null ? null : Report;

        void Report(SamplingStepResult step)
        {
            var isLast = ShowsNoise && step.Done == steps;
            if (isLast || step.Done % PreviewInterval == 0)
            {
                OnPreview(step.Done, !ShowsNoise ? pixels(step.PredictedX0) : isLast ? pixels(step.Sample) : (noisy ?? pixels)(step.Sample));
            }
        }
    }
}
