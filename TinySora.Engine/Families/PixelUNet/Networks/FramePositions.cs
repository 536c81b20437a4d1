using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Embedding = TorchSharp.Modules.Embedding;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// What the U-Net's attentions know of the positions of frames; made once per forward pass. A rotary embedding (Su et al. 2021): position p turns
/// the pair of features (2i, 2i+1) of queries and keys by p·ω_i, ω_i = 10000^(−2i/r), r = min(32, head width); features beyond r stay. And a
/// learned bias, see <see cref="RelativePositionBias"/>.
/// </summary>
/// <param name="Turns">(F, d) float32, see <see cref="Turned"/>.</param>
/// <param name="Rotation">(F, d, d), the same as matrices, see <see cref="Rotated"/>.</param>
/// <param name="Bias">(heads, F, F), or (B, 1, heads, F, F) where clips differ, added to the logits.</param>
public sealed record FramePositions(Tensor Turns, Tensor? Rotation, Tensor Bias)
{
    /// <summary>The positions of the frames of clips: rotary embeddings of queries and keys, and a learned bias of the logits.</summary>
    /// <param name="x">A tensor of the kind that attends.</param>
    public static FramePositions Of(int frames, int headWidth, RelativePositionBias bias, AnyTensor x) => new(
        Turned(frames, headWidth, x.device),
        Rotated(frames, headWidth, x.Narrowed().Eager?.dtype ?? ScalarType.Float32, x.device),
        bias.forward(frames));

    /// <summary>Shuts out all other frames for the clips that <paramref name="focus"/> names, (B) booleans; null: for none.</summary>
    public FramePositions OnlyPresent(Tensor? focus)
    {
        if (focus is null)
        {
            return this;
        }

        var otherFrames = eye(Bias.shape[^1], dtype: ScalarType.Bool, device: Bias.device).logical_not();
        return this with { Bias = Bias.masked_fill(focus.view(-1, 1, 1, 1, 1).logical_and(otherFrames), float.NegativeInfinity) }; // (B, 1, heads, F, F)
    }

    /// <summary>No positions, for tokens without an order: the kernel rotates nothing and only scales the products.</summary>
    public static FramePositions None(int tokens, int heads, int headWidth, Device device)
    {
        var still = tensor(new[] { (float)Math.Pow(headWidth, -0.25), 0 }).to(device).repeat(tokens, headWidth / 2);
        return new FramePositions(still, null, zeros([heads, tokens, tokens], device: device));
    }

    /// <summary>
    /// Cosine and sine by which each frame turns each pair of features, times headWidth^(−1/4): applied to queries and keys
    /// alike that also scales their products by headWidth^(−1/2).
    /// </summary>
    /// <returns>(F, headWidth) float32: cos, sin, cos, sin, ...</returns>
    public static Tensor Turned(int frames, int headWidth, Device device) =>
        tensor(TurnValues(frames, headWidth), [frames, headWidth]).to(device);

    /// <summary>The rotations as matrices: with stock operators one batched product is the fastest way to rotate.</summary>
    /// <returns>(F, headWidth, headWidth); a row vector of features at frame p is turned by result[p] on its right.</returns>
    public static Tensor Rotated(int frames, int headWidth, ScalarType dtype, Device device)
    {
        var turns = TurnValues(frames, headWidth);
        var matrices = new float[frames * headWidth * headWidth];
        for (var p = 0; p < frames; p++)
        {
            for (var i = 0; i < headWidth; i += 2)
            {
                var (cos, sin) = (turns[(p * headWidth) + i], turns[(p * headWidth) + i + 1]);
                var corner = ((p * headWidth) + i) * headWidth + i;
                matrices[corner] = cos;
                matrices[corner + 1] = sin;
                matrices[corner + headWidth] = -sin;
                matrices[corner + headWidth + 1] = cos;
            }
        }

        return tensor(matrices, [frames, headWidth, headWidth]).to(dtype, device);
    }

    private static float[] TurnValues(int frames, int headWidth)
    {
        var frequencies = Frequencies(headWidth);
        var scale = Math.Pow(headWidth, -0.25);
        var turns = new float[frames * headWidth];
        for (var p = 0; p < frames; p++)
        {
            for (var i = 0; i < headWidth / 2; i++)
            {
                // Features beyond the rotated ones stay where they are.
                var (sin, cos) = i < frequencies.Length ? Math.SinCos(p * frequencies[i]) : (0, 1);
                turns[(p * headWidth) + (2 * i)] = (float)(scale * cos);
                turns[(p * headWidth) + (2 * i) + 1] = (float)(scale * sin);
            }
        }

        return turns;
    }

    /// <summary>The angles by which a step of one frame turns the pairs of features, ω_i.</summary>
    internal static double[] Frequencies(int headWidth)
    {
        var rotated = Math.Min(32, headWidth);
        return [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(10000, -2.0 * i / rotated))];
    }
}

/// <summary>A learned bias per head and bucket of frame distance, added to the temporal attentions' logits (T5, Raffel et al. 2020).</summary>
public sealed class RelativePositionBias : nn.Module
{
    private const int Buckets = 32;
    private const int MaxDistance = 32;

    private readonly Embedding relative_attention_bias;

    public RelativePositionBias(int heads)
        : base(nameof(RelativePositionBias))
    {
        relative_attention_bias = nn.Embedding(Buckets, heads);
        RegisterComponents();
    }

    /// <returns>(heads, F, F), rows are queries.</returns>
    public Tensor forward(int frames)
    {
        var buckets = new long[frames * frames];
        for (var query = 0; query < frames; query++)
        {
            for (var key = 0; key < frames; key++)
            {
                buckets[query * frames + key] = Bucket(query - key);
            }
        }

        var table = relative_attention_bias.weight!;
        return table.index_select(0, tensor(buckets).to(table.device)).view(frames, frames, -1).permute(2, 0, 1);
    }

    /// <summary>Half of the buckets are for keys in the future; of each half, half are exact and half logarithmic.</summary>
    internal static int Bucket(int distance)
    {
        const int half = Buckets / 2;
        const int exact = half / 2;
        var n = Math.Abs(distance);
        var bucket = n < exact
            ? n
            : Math.Min(half - 1, exact + (int)(Math.Log((double)n / exact) / Math.Log((double)MaxDistance / exact) * (half - exact)));
        return distance < 0 ? half + bucket : bucket;
    }
}

/// <summary>
/// The frequencies of the rotary position embedding over frames as the original's checkpoints have them; <see cref="FramePositions"/> says what
/// is done with them. One instance serves all temporal attentions.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    // A fixed buffer, because the original's checkpoints carry it under every attention.
    private readonly Tensor freqs;

    public RotaryEmbedding(int headWidth)
        : base(nameof(RotaryEmbedding))
    {
        freqs = tensor(FramePositions.Frequencies(headWidth).Select(f => (float)f).ToArray());
        RegisterComponents();
    }
}
