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
