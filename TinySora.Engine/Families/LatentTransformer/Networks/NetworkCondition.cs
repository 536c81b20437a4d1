using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>What a batch is denoised towards, and what of it there is.</summary>
internal sealed record NetworkCondition
{
    public static NetworkCondition None { get; } = new();

    /// <summary>The number of each clip's class, (B) int64; null: the model knows no classes.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>(B, L, D) float32; null where a text is expected: absent in all.</summary>
    public Tensor? Text { get; init; }

    /// <summary>(B, L) booleans: which of the states stand for words, the first ones of each text; null: all.</summary>
    public Tensor? TextPresent { get; init; }

    /// <summary>
    /// A scalar: words of the longest text. Patches that are numbered in one sequence with words follow so many places in every example, as in the
    /// published training, which pads its texts before it numbers; null: the words of each example alone, as in its sampling.
    /// </summary>
    public Tensor? Longest { get; init; }

    /// <summary>The examples that get no condition, (B) booleans; null: none.</summary>
    public Tensor? Absent { get; init; }

    /// <summary>How many of the frames, at the end, are pictures by themselves.</summary>
    public int Images { get; init; }

    /// <summary>Frames, rows and columns of each example of a padded batch; null: all of it.</summary>
    public IReadOnlyList<(int F, int H, int W)>? Sizes { get; init; }

    /// <summary>The examples of this and, behind them, those of another; both of whole clips.</summary>
    public NetworkCondition With(NetworkCondition other)
    {
        var text = Text is null ? null
            : TextStates.Pad([.. new TextStates(Text, TextPresent!).Each(), .. new TextStates(other.Text!, other.TextPresent!).Each()]);
        return new()
        {
            Labels = Labels is null ? null : cat([Labels, other.Labels!]),
            Text = text?.Values, TextPresent = text?.Present, Absent = cat([Absent!, other.Absent!]),
        };
    }
}
