using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// Where the vectors come from that a video model is conditioned on: a text encoder, files beside the clips, or nowhere.
/// </summary>
internal sealed class Conditioner(ModelConfig config, ITextEncoder? encoder, Device device) : IDisposable
{
    /// <summary>Of a vector; null in an unconditional model.</summary>
    public int? Width => encoder?.Width ?? config.VectorWidth;

    /// <summary>The encoder, where it is trained with the model.</summary>
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
        IEnumerable<string?> captions, string folder, IProgress<DataProgress>? progress, CancellationToken cancellation) =>
        (encoder as EmbeddingCache)?.Prepare(captions, folder, progress, cancellation);

    /// <summary>Captions are taken literally.</summary>
    public Condition Of(Batch batch) => Of(batch.Captions.Select(WeightedText.Literal), batch.Vectors, texts => encoder!.Encode(texts));

    /// <summary>Prompts may carry weights.</summary>
    /// <exception cref="TinySoraException">
    /// TinySora.Model.OnePerVideo, WeightsNeedMean; TinySora.Generation.BadWeight, UnpairedParenthesis.
    /// </exception>
    public Condition Of(SampleRequest request) =>
        Of(request.Prompts.Select(WeightedText.Parse), OnePerVideo(request.Vectors, "condition vectors", request), EncodeEach);

    /// <exception cref="TinySoraException">TinySora.Model.TakesNoVectors, VectorWidth.</exception>
    public void CheckVectors(SampleRequest request)
    {
        foreach (var vector in request.Vectors?.OfType<float[]>() ?? [])
        {
            var width = config.VectorWidth ?? throw ModelErrors.TakesNoVectors(config.EffectiveTextEncoder);
            if (vector.Length != width || !vector.All(float.IsFinite))
            {
                throw ModelErrors.VectorWidth(vector.Length, width);
            }
        }
    }

    /// <summary>What to move away from; null: the null vector for all videos.</summary>
    /// <exception cref="TinySoraException">As <see cref="Of(SampleRequest)"/>; TakesNoText.</exception>
    public Condition? Negative(SampleRequest request)
    {
        var texts = OnePerVideo(request.NegativePrompts, "negative prompts", request)?.Select(WeightedText.Parse).ToList();
        return texts is null || texts.All(text => text.IsBlank) ? null
            : TakesText ? Of(texts, null, EncodeEach)
            : throw ModelErrors.TakesNoText("A negative prompt");
    }

    public void Dispose() => (encoder as IDisposable)?.Dispose();

    /// <summary>
    /// The vectors of prompts, each made alone: padding to the length of a longer neighbour would change the last bits of one, and a
    /// video must not depend on the prompts that it is made beside.
    /// </summary>
    private Tensor EncodeEach(IReadOnlyList<WeightedText> texts)
    {
        var distinct = texts.Distinct().ToList();
        return cat([.. distinct.Select(text => encoder!.Encode([text]))]).index_select(0, tensor(texts.Select(text => (long)distinct.IndexOf(text)).ToArray()).to(device));
    }

    private Condition Of(IEnumerable<WeightedText> texts, IReadOnlyList<float[]?>? vectors, Func<IReadOnlyList<WeightedText>, Tensor> encode)
    {
        var all = texts.ToList();
        if (encoder is not null)
        {
            return new Condition(encode(all), Flags(all.Select(text => text.IsBlank)));
        }

        if (config.VectorWidth is not int width)
        {
            return new Condition(null, Flags(all.Select(_ => true)));
        }

        vectors ??= new float[]?[all.Count];
        var values = vectors.SelectMany(vector => vector ?? new float[width]).ToArray();
        return new Condition(tensor(values, [all.Count, width]).to(device), Flags(vectors.Select(vector => vector is null)));
    }

    private Tensor Flags(IEnumerable<bool> flags) => tensor(flags.ToArray()).to(device);

    private static IReadOnlyList<T>? OnePerVideo<T>(IReadOnlyList<T>? items, string what, SampleRequest request) =>
        items is null || items.Count == request.Prompts.Count
            ? items
            : throw ModelErrors.OnePerVideo(what, items.Count, request.Prompts.Count);
}
