using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Embedding = TorchSharp.Modules.Embedding;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// Positions of frames for the U-Net's attention layers, computed once per forward pass: a rotary embedding (Su et al. 2021), which rotates the
/// pair of features (2i, 2i+1) of queries and keys at position p by p·ω_i, ω_i = 10000^(−2i/r), r = min(32, head width), and leaves features
/// beyond r unchanged; and a learned bias, see <see cref="RelativePositionBias"/>.
/// </summary>
/// <param name="RotaryTable">(F, d) float32, see <see cref="CreateRotaryTable"/>.</param>
/// <param name="RotaryMatrices">The rotations as matrices (F, d, d), see <see cref="CreateRotaryMatrices"/>.</param>
/// <param name="Bias">Bias of the logits (heads, F, F), or (B, 1, heads, F, F) if it differs between clips.</param>
public sealed record FramePositions(Tensor RotaryTable, Tensor? RotaryMatrices, AnyTensor Bias)
{
    /// <summary>Creates the positions of the frames of clips: rotary embeddings of queries and keys, and a learned bias of the logits.</summary>
    /// <param name="x">Tensor with the device and type of the attention's inputs.</param>
    public static FramePositions Create(int frames, int headWidth, RelativePositionBias bias, AnyTensor x) => new(
        CreateRotaryTable(frames, headWidth, x.device),
        CreateRotaryMatrices(frames, headWidth, x.ToComputeType().Eager?.dtype ?? ScalarType.Float32, x.device),
        bias.forward(frames, x));

    /// <summary>
    /// Returns positions with which each frame attends only to itself, in the clips that the mask <paramref name="focus"/> (B) selects; <c>null</c> selects no
    /// clips.
    /// </summary>
    public FramePositions WithFocusPresent(Tensor? focus)
    {
        if (focus is null)
        {
            return this;
        }

        var otherFrames = eye(Bias.shape[^1], dtype: ScalarType.Bool, device: Bias.device).logical_not();
        return this with { Bias = Bias.masked_fill(focus.view(-1, 1, 1, 1, 1).logical_and(otherFrames), float.NegativeInfinity) }; // (B, 1, heads, F, F)
    }

    /// <summary>Returns positions without effect, for tokens without an order. The kernel scales the products, but does not rotate features.</summary>
    public static FramePositions None(int tokens, int heads, int headWidth, Device device)
    {
        var still = tensor(new[] { (float)Math.Pow(headWidth, -0.25), 0 }).to(device).repeat(tokens, headWidth / 2);
        return new FramePositions(still, null, zeros([heads, tokens, tokens], device: device));
    }

    /// <summary>
    /// Returns the cosine and sine of the rotation for each frame and pair of features, times headWidth^(−1/4), so that the product of queries and keys is
    /// scaled by headWidth^(−1/2).
    /// </summary>
    /// <returns>(F, headWidth) float32: cos, sin, cos, sin, ...</returns>
    public static Tensor CreateRotaryTable(int frames, int headWidth, Device device) =>
        tensor(RotaryValues(frames, headWidth), [frames, headWidth]).to(device);

    /// <summary>Returns the rotations as matrices. This form is the fastest for stock operators, because a single batched product applies it.</summary>
    /// <returns>(F, headWidth, headWidth); multiplying a row vector of features at frame p by result[p] rotates it.</returns>
    public static Tensor CreateRotaryMatrices(int frames, int headWidth, ScalarType dtype, Device device)
    {
        var turns = RotaryValues(frames, headWidth);
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

    private static float[] RotaryValues(int frames, int headWidth)
    {
        var frequencies = Frequencies(headWidth);
        var scale = Math.Pow(headWidth, -0.25);
        var turns = new float[frames * headWidth];
        for (var p = 0; p < frames; p++)
        {
            for (var i = 0; i < headWidth / 2; i++)
            {
                // Features beyond r are not rotated.
                var (sin, cos) = i < frequencies.Length ? Math.SinCos(p * frequencies[i]) : (0, 1);
                turns[(p * headWidth) + (2 * i)] = (float)(scale * cos);
                turns[(p * headWidth) + (2 * i) + 1] = (float)(scale * sin);
            }
        }

        return turns;
    }

    /// <summary>Returns the angles ω_i, in radians, by which the pairs of features are rotated per frame.</summary>
    internal static double[] Frequencies(int headWidth)
    {
        var rotated = Math.Min(32, headWidth);
        return [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(10000, -2.0 * i / rotated))];
    }
}

/// <summary>Learned bias per head and bucket of frame distance, added to the logits of temporal attention (T5, Raffel et al. 2020).</summary>
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

    /// <returns>(heads, F, F), with queries as rows.</returns>
    /// <param name="like">Tensor of the kind of the result.</param>
    public AnyTensor forward(int frames, AnyTensor like)
    {
        var buckets = new long[frames * frames];
        for (var query = 0; query < frames; query++)
        {
            for (var key = 0; key < frames; key++)
            {
                buckets[query * frames + key] = Bucket(query - key);
            }
        }

        return like.Rows(relative_attention_bias.weight!, buckets).reshape(frames, frames, -1).permute(2, 0, 1);
    }

    /// <summary>
    /// Returns the bucket of a distance. Half of the buckets are for keys in later frames. In each half, half of the buckets contain a single distance each,
    /// and the sizes of the others grow exponentially.
    /// </summary>
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
/// Frequencies of the rotary embedding over frames, as the original checkpoints store them. See <see cref="FramePositions"/> for their use. All temporal
/// attention layers share one instance.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    // This is a buffer because the original checkpoints contain it under every attention layer.
    private readonly Tensor freqs;

    public RotaryEmbedding(int headWidth)
        : base(nameof(RotaryEmbedding))
    {
        freqs = tensor(FramePositions.Frequencies(headWidth).Select(f => (float)f).ToArray());
        RegisterComponents();
    }
}
