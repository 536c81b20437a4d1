using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// The entropy of the tokens of the shapes world when the sentence is known: no model of them can have a lower cross entropy on average.
/// </summary>
/// <param name="Checkpoint">The autoencoder's file.</param>
/// <param name="Clips">Over which it was measured.</param>
/// <param name="TokensPerClip">Of the autoencoder.</param>
/// <param name="BitsPerClip">The mean of −log₂ of the probability of a clip's tokens.</param>
/// <param name="BitsPerToken">The same over the tokens of a clip: what <c>val.bits</c> of a token model cannot go below.</param>
/// <param name="StandardError">Of the bits per token.</param>
public sealed record TokenEntropy(string Checkpoint, int Clips, int TokensPerClip, double BitsPerClip, double BitsPerToken, double StandardError)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {BitsPerToken:0.000} bits a token");
}
