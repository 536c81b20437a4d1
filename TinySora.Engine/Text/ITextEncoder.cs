using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>Texts to the vectors that a video model is conditioned on.</summary>
public interface ITextEncoder
{
    /// <summary>The width of one vector.</summary>
    int Width { get; }

    /// <summary>What a checkpoint must carry so that the same encoder can be had again.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="texts">A blank text gives some constant; the model replaces it by its null vector.</param>
    /// <returns>(B, Width) float32 on the encoder's device.</returns>
    Tensor Encode(IReadOnlyList<WeightedText> texts);

    /// <summary>A vector for each token of each text.</summary>
    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean.</exception>
    TextStates States(IReadOnlyList<WeightedText> texts);

    /// <summary>How many tokens of a text have a vector in <see cref="States"/>.</summary>
    int Tokens(string text);

    /// <summary>Words of a prompt that the encoder cannot know; empty where it can spell any word.</summary>
    IReadOnlyList<string> UnknownWords(string text);
}

/// <summary>An encoder that is not trained: a text has the same vector for ever.</summary>
public interface IFrozenTextEncoder : ITextEncoder, IDisposable
{
    /// <summary>A text that is equal for encoders that give equal vectors, and fit for a file name.</summary>
    string Fingerprint { get; }
}

/// <summary>Texts as one vector for each of their tokens, for models that attend to them.</summary>
/// <param name="Values">(B, L, D) float32.</param>
/// <param name="Present">(B, L) booleans: false where a text is shorter than the longest.</param>
public sealed record TextStates(Tensor Values, Tensor Present)
{
    /// <param name="texts">(tokens, D) of each.</param>
    public static TextStates Pad(IReadOnlyList<Tensor> texts)
    {
        var length = texts.Max(text => text.shape[0]);
        var values = stack([.. texts.Select(text => nn.functional.pad(text, [0, 0, 0, length - text.shape[0]]))]);
        var lengths = tensor(texts.Select(text => text.shape[0]).ToArray()).to(values.device).unsqueeze(1);
        return new(values, arange(length, device: values.device).unsqueeze(0).lt(lengths));
    }

    /// <summary>Each text by itself again.</summary>
    public IReadOnlyList<Tensor> Each() =>
        [.. Enumerable.Range(0, (int)Values.shape[0]).Select(i => Values[i].narrow(0, 0, Present[i].sum().item<long>()))];
}
