using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>The conditioning of a batch of clips.</summary>
/// <param name="Vectors">(B, condDim); <c>null</c> for an unconditional model.</param>
/// <param name="Absent">(B) booleans, true for clips without a text or vector, for which the model uses its null vector.</param>
public sealed record Condition(Tensor? Vectors, Tensor Absent);

/// <summary>Provides the vectors that a video model is conditioned on, if any. They come from a text encoder or from files next to the clips.</summary>
/// <param name="encoder">Text encoder; <c>null</c> if the model is not conditioned on text.</param>
/// <param name="vectorWidth">Width of vectors that are passed instead of texts; <c>null</c> if the model is not conditioned on them.</param>
internal sealed class Conditioner(ITextEncoder? encoder, int? vectorWidth, Device device) : IDisposable
{
    /// <summary>Width of a vector; <c>null</c> for an unconditional model.</summary>
    public int? Width => encoder?.Width ?? vectorWidth;

    /// <summary>The encoder if it is trained with the model, otherwise <c>null</c>.</summary>
    public LearnedTextEncoder? Learned => encoder as LearnedTextEncoder;

    public bool TakesText => encoder is not null;

    public IReadOnlyDictionary<string, string> Metadata => encoder?.Metadata ?? new Dictionary<string, string>();

    /// <exception cref="TinySoraException">TinySora.Generation.BadWeight, UnpairedParenthesis.</exception>
    public IReadOnlyList<string> UnknownWords(string prompt)
    {
        var text = WeightedText.Parse(prompt).Text;
        return encoder?.UnknownWords(text) ?? [];
    }

    /// <inheritdoc cref="EmbeddingCache.Prepare"/>
    public string? Prepare(
        IEnumerable<string?> captions, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        (encoder as EmbeddingCache)?.Prepare(captions, folder, progress, cancellation);

    /// <summary>Returns the condition for captions, which are taken literally.</summary>
    /// <param name="vectors">Vectors to use instead of captions if the model does not have an encoder.</param>
    public Condition OfCaptions(IReadOnlyList<string?> captions, IReadOnlyList<float[]?>? vectors) =>
        Of(captions.Select(WeightedText.Literal), vectors, texts => encoder!.Encode(texts));

    /// <summary>Returns the condition for prompts, whose words may have weights.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Model.TakesNoVectors, VectorWidth, WeightsNeedMean; TinySora.Generation.BadWeight, UnpairedParenthesis.
    /// </exception>
    public Condition OfPrompts(IReadOnlyList<string?> prompts, IReadOnlyList<float[]?> vectors)
    {
        foreach (var vector in vectors.OfType<float[]>())
        {
            CheckVector(vector);
        }

        return Of(prompts.Select(WeightedText.Parse), vectors, EncodeEach);
    }

    /// <summary>Returns the negative condition for guidance; <c>null</c> to use the null vector for all videos.</summary>
    /// <param name="prompts">Negative prompts, one per video; <c>null</c> or blank for the null vector.</param>
    /// <exception cref="TinySoraException">The errors of <see cref="OfPrompts"/>; TakesNoText.</exception>
    public Condition? Negative(IReadOnlyList<string?> prompts)
    {
        var texts = prompts.Select(WeightedText.Parse).ToList();
        return texts.All(text => text.IsBlank) ? null
            : TakesText ? Of(texts, null, EncodeEach)
            : throw ModelErrors.TakesNoText("A negative prompt");
    }

    /// <summary>Returns one vector per token of captions, which are taken literally; blank captions count as absent.</summary>
    public (TextStates States, Tensor Absent) StatesOfCaptions(IReadOnlyList<string?> captions)
    {
        var texts = captions.Select(WeightedText.Literal).ToList();
        return (encoder!.States(texts), Flags(texts.Select(text => text.IsBlank)));
    }

    /// <summary>Returns one vector per token of prompts, which are encoded one by one as in <see cref="OfPrompts"/>.</summary>
    /// <param name="usesWeights">Whether the model supports weights of tokens.</param>
    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean; TinySora.Generation.BadWeight, UnpairedParenthesis.</exception>
    public (TextStates States, Tensor Absent) StatesOfPrompts(IReadOnlyList<string?> prompts, bool usesWeights)
    {
        var texts = prompts.Select(WeightedText.Parse).ToList();
        if (!usesWeights)
        {
            WeightedText.ThrowIfWeighted(texts, "the embeddings of individual tokens");
        }

        var made = texts.Distinct().ToDictionary(text => text, text => encoder!.States([text]));
        return (TextStates.Join([.. texts.Select(text => made[text])]), Flags(texts.Select(text => text.IsBlank)));
    }

    public void Dispose() => (encoder as IDisposable)?.Dispose();

    private void CheckVector(float[] vector)
    {
        var width = vectorWidth ?? throw ModelErrors.TakesNoVectors();
        if (vector.Length != width || !vector.All(float.IsFinite))
        {
            throw ModelErrors.VectorWidth(vector.Length, width);
        }
    }

    /// <summary>
    /// Encodes prompts one by one. Padding to the length of a longer prompt would change a vector slightly because of rounding, but a video must not depend
    /// on the other prompts in its batch.
    /// </summary>
    private Tensor EncodeEach(IReadOnlyList<WeightedText> texts)
    {
        var distinct = texts.Distinct().ToList();
        var places = tensor(texts.Select(text => (long)distinct.IndexOf(text)).ToArray()).to(device);
        return cat([.. distinct.Select(text => encoder!.Encode([text]))]).index_select(0, places);
    }

    private Condition Of(IEnumerable<WeightedText> texts, IReadOnlyList<float[]?>? vectors, Func<IReadOnlyList<WeightedText>, Tensor> encode)
    {
        var all = texts.ToList();
        if (encoder is not null)
        {
            return new Condition(encode(all), Flags(all.Select(text => text.IsBlank)));
        }

        if (vectorWidth is not int width)
        {
            return new Condition(null, Flags(all.Select(_ => true)));
        }

        vectors ??= new float[]?[all.Count];
        var values = vectors.SelectMany(vector => vector ?? new float[width]).ToArray();
        return new Condition(tensor(values, [all.Count, width]).to(device), Flags(vectors.Select(vector => vector is null)));
    }

    private Tensor Flags(IEnumerable<bool> flags) => tensor(flags.ToArray()).to(device);
}
