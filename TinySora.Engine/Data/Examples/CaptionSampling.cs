using TinySora.Engine.Configuration;
using TinySora.Engine.Text;

namespace TinySora.Engine.Data.Examples;

/// <summary>
/// How training uses the captions of a clip. A visit's caption depends only on its random bits, so it does not depend on earlier steps or on the process.
/// </summary>
public sealed record CaptionSampling
{
    /// <summary>Whether a clip with several captions is one example and each visit draws a caption; otherwise, it is one example per caption.</summary>
    public bool IsDrawn { get; init; }

    /// <summary>Probability with which a visit drops each word of its caption. At least one word remains.</summary>
    public double WordDropProb { get; init; }

    internal static CaptionSampling For(TrainerConfig trainer) =>
        new() { IsDrawn = trainer.Captions == CaptionUse.Drawn, WordDropProb = trainer.WordDropProb };

    /// <summary>Returns the number of examples that a clip provides.</summary>
    /// <param name="captions">Number of captions of the clip, at least 1.</param>
    internal int CountExamples(int captions) => IsDrawn ? 1 : captions;

    /// <summary>
    /// Returns the index of the caption that a visit uses, and its remaining text. Outside training, where visits have no random bits, this is the whole first
    /// caption.
    /// </summary>
    /// <param name="captions">Captions of the example, at least one; <c>null</c> for an example without a caption.</param>
    internal (int Index, string? Text) Take(IReadOnlyList<string?> captions, SampledExample visit)
    {
        if (visit.RandomBits == 0)
        {
            return (0, captions[0]);
        }

        // Not the generator of the visit itself, which chooses frames.
        var random = new SplitMix64(SplitMix64.Mix(unchecked((long)visit.RandomBits), 1));
        var index = captions.Count == 1 ? 0 : random.Below(captions.Count);
        return (index, WordDropProb == 0 ? captions[index] : DropWords(captions[index], ref random));
    }

    private string? DropWords(string? caption, ref SplitMix64 random)
    {
        string[] words = [.. WordTokenizer.Words(caption ?? "")];
        if (words.Length == 0)
        {
            return caption;
        }

        var kept = new List<string>();
        foreach (var word in words)
        {
            if (random.Between(0, 1) >= WordDropProb)
            {
                kept.Add(word);
            }
        }

        return kept.Count > 0 ? string.Join(' ', kept) : words[random.Below(words.Length)];
    }
}
