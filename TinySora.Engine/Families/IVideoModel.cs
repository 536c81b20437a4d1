using TinySora.Engine.Data;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>A model that makes videos.</summary>
public interface IVideoModel
{
    /// <summary>Of the videos, before they are written.</summary>
    ClipShape Shape { get; }

    /// <summary>What is asked for, with everything that it leaves open decided.</summary>
    /// <exception cref="TinySoraException">A setting is out of its range, or does not go with another.</exception>
    SamplingPlan Resolve(GenerationSettings asked);

    /// <summary>Words of a prompt that the model has never seen; empty where it can spell any word.</summary>
    /// <exception cref="TinySoraException">The prompt cannot be read.</exception>
    IReadOnlyList<string> UnknownWords(string prompt) => [];

    /// <summary>The videos of one batch, with the weights that the model has now.</summary>
    /// <param name="plan">Of <see cref="Resolve"/>.</param>
    /// <param name="done">Told how many of the plan's units are done.</param>
    /// <returns>(B, C, F, H, W) float32 in [0, 1], on the CPU.</returns>
    /// <exception cref="TinySoraException">A prompt cannot be read, or the model does not take it.</exception>
    Tensor Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, IProgress<int>? done, CancellationToken cancellation);
}

/// <summary>What one clip is to show. The same prompt, plan and seed give the same clip, up to rounding, in any batch.</summary>
public sealed record ClipPrompt(long Seed)
{
    /// <summary>With weights as <see cref="Engine.Text.WeightedText"/> reads them; null or blank: without text.</summary>
    public string? Text { get; init; }

    /// <summary>What guidance goes away from; null or blank: from the clip without text.</summary>
    public string? Negative { get; init; }

    /// <summary>For a model that is conditioned on vectors of its own; null: the null vector.</summary>
    public float[]? Vector { get; init; }

    /// <summary>One prompt for each of several texts, their seeds counting up.</summary>
    public static IReadOnlyList<ClipPrompt> Of(IEnumerable<string?> texts, long seed) => [.. texts.Select((text, i) => new ClipPrompt(seed + i) { Text = text })];
}

/// <summary>How clips of a batch are to be made, as far as it was said.</summary>
public sealed record GenerationSettings
{
    /// <summary>By the name of a <see cref="Setting"/>: what was asked for.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    /// <summary>Where the clips begin.</summary>
    public ClipStart Start { get; init; } = ClipStart.Noise;

    /// <summary>The value of a setting; null where nothing was said.</summary>
    public T? Value<T>(string name)
        where T : struct => Values.TryGetValue(name, out var value) ? (T)value : null;

    /// <inheritdoc cref="Value"/>
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;
}

/// <summary>How clips of a batch are made: nothing is left open.</summary>
/// <param name="Units">Of work for a batch; each is reported when it is done.</param>
/// <param name="Start">Where the clips begin.</param>
public abstract record SamplingPlan(int Units, ClipStart Start)
{
    /// <summary>The value of each setting that had a part in it, as a recipe keeps them.</summary>
    public abstract IReadOnlyDictionary<string, object> Settings { get; }
}
