using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>Encodes texts to the vectors that a video model is conditioned on.</summary>
public interface ITextEncoder
{
    /// <summary>Number of values in a vector.</summary>
    int Width { get; }

    /// <summary>Metadata entries that a checkpoint must store so that the same encoder can be restored.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="texts">Texts to encode. A blank text yields an arbitrary constant vector, which the model replaces with its null vector.</param>
    /// <returns>(B, Width) float32 on the encoder's device.</returns>
    Tensor Encode(IReadOnlyList<WeightedText> texts);

    /// <summary>Returns one vector per token of each text.</summary>
    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean: a text has weights, but the encoder does not support them.</exception>
    TextStates States(IReadOnlyList<WeightedText> texts);

    /// <summary>Returns the number of tokens in a text that have a vector in <see cref="States"/>.</summary>
    int CountTokens(string text);

    /// <summary>Returns the words of a prompt that are not in the encoder's vocabulary; empty if the encoder can encode any word.</summary>
    IReadOnlyList<string> UnknownWords(string text);
}

/// <summary>A text encoder that is not trained, so a text always has the same vector.</summary>
public interface IFrozenTextEncoder : ITextEncoder, IDisposable
{
    /// <summary>Fingerprint that encoders with equal vectors share. It can be used as part of a file name.</summary>
    string Fingerprint { get; }
}

/// <summary>Text embeddings: one vector per token, for models that attend to the tokens.</summary>
/// <param name="Values">(B, L, D) float32.</param>
/// <param name="Present">(B, L) booleans, false at padding.</param>
public sealed record TextStates(Tensor Values, Tensor Present)
{
    /// <summary>Weights of the tokens, (B, L), 0 at padding; <c>null</c> if all tokens have the same weight.</summary>
    public Tensor? Weights { get; init; }

    /// <param name="texts">Vectors of each text, (tokens, D).</param>
    public static TextStates Pad(IReadOnlyList<Tensor> texts)
    {
        var length = texts.Max(text => text.shape[0]);
        var values = stack([.. texts.Select(text => nn.functional.pad(text, [0, 0, 0, length - text.shape[0]]))]);
        var lengths = tensor(texts.Select(text => text.shape[0]).ToArray()).to(values.device).unsqueeze(1);
        return new(values, arange(length, device: values.device).unsqueeze(0).lt(lengths));
    }

    /// <summary>Concatenates batches of texts. Shorter batches are padded.</summary>
    public static TextStates Join(params IReadOnlyList<TextStates> batches)
    {
        var length = batches.Max(batch => batch.Present.shape[1]);
        Tensor Padded(Tensor tokens) => nn.functional.pad(tokens, [0, length - tokens.shape[1]]);
        return new(
            cat([.. batches.Select(batch => nn.functional.pad(batch.Values, [0, 0, 0, length - batch.Values.shape[1]]))]),
            cat([.. batches.Select(batch => Padded(batch.Present))]))
        {
            Weights = batches.All(batch => batch.Weights is null) ? null
                : cat([.. batches.Select(batch => Padded(batch.Weights ?? batch.Present.to(ScalarType.Float32)))]),
        };
    }

    /// <summary>Returns the embeddings of each text without padding.</summary>
    public IReadOnlyList<Tensor> Unpad() =>
        [.. Enumerable.Range(0, (int)Values.shape[0]).Select(i => Values[i].narrow(0, 0, Present[i].sum().item<long>()))];
}
