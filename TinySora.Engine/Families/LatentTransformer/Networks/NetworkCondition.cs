using TinySora.Engine.Layers;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>What a batch is denoised towards, and what of it there is.</summary>
internal sealed record NetworkCondition
{
    public static NetworkCondition None { get; } = new();

    /// <summary>The number of each clip's class, (B) int64; null: the model knows no classes.</summary>
    public AnyTensor? Labels { get; init; }

    /// <summary>(B, L, D) float32; null where a text is expected: absent in all.</summary>
    public AnyTensor? Text { get; init; }

    /// <summary>(B, L) booleans: which of the states stand for words, the first ones of each text; null: all.</summary>
    public AnyTensor? TextPresent { get; init; }

    /// <summary>
    /// A scalar: words of the longest text. Patches that are numbered in one sequence with words follow so many places in every example, as in the
    /// published training, which pads its texts before it numbers; null: the words of each example alone, as in its sampling.
    /// </summary>
    public AnyTensor? Longest { get; init; }

    /// <summary>The examples that get no condition, (B) booleans; null: none.</summary>
    public AnyTensor? Absent { get; init; }

    /// <summary>How many of the frames, at the end, are pictures by themselves.</summary>
    public int Images { get; init; }

    /// <summary>How many noise levels there are, where a graph is written; null: numbers are computed.</summary>
    public int? Levels { get; init; }

    /// <summary>Frames, rows and columns of each example of a padded batch; null: all of it.</summary>
    public IReadOnlyList<(int F, int H, int W)>? Sizes { get; init; }

    /// <summary>The examples of this and, behind them, those of another; both of whole clips.</summary>
    public NetworkCondition With(NetworkCondition other)
    {
        var text = Text is null ? null
            : TextStates.Pad([.. Each(Text, TextPresent!), .. Each(other.Text!, other.TextPresent!)]);
        return new()
        {
            Labels = Labels is null ? null : AnyTensor.cat([Labels, other.Labels!]),
            Text = text?.Values, TextPresent = text?.Present, Absent = AnyTensor.cat([Absent!, other.Absent!]),
        };

        static IReadOnlyList<Tensor> Each(AnyTensor values, AnyTensor present) => new TextStates((Tensor)values, (Tensor)present).Each();
    }
}
