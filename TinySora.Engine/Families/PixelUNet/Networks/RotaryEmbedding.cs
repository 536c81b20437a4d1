using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// Rotary position embedding over frames (Su et al. 2021): position p turns the pair of features (2i, 2i+1) by p·ω_i,
/// ω_i = 10000^(−2i/r), r = min(32, head width); features beyond r stay. One instance serves all temporal attentions.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    // A fixed buffer, because the original's checkpoints carry it under every attention.
    private readonly Tensor freqs;

    public RotaryEmbedding(int headWidth)
        : base(nameof(RotaryEmbedding))
    {
        freqs = tensor(Frequencies(headWidth).Select(f => (float)f).ToArray());
        RegisterComponents();
    }

    /// <summary>
    /// Cosine and sine by which each frame turns each pair of features, times headWidth^(−1/4): applied to queries and keys
    /// alike that also scales their products by headWidth^(−1/2).
    /// </summary>
    /// <returns>(F, headWidth) float32: cos, sin, cos, sin, ...</returns>
    public static Tensor Turns(int frames, int headWidth, Device device) =>
        tensor(TurnValues(frames, headWidth), [frames, headWidth]).to(device);

    /// <summary>The rotations as matrices: with stock operators one batched product is the fastest way to rotate.</summary>
    /// <returns>(F, headWidth, headWidth); a row vector of features at frame p is turned by result[p] on its right.</returns>
    public static Tensor Rotation(int frames, int headWidth, ScalarType dtype, Device device)
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

    private static double[] Frequencies(int headWidth)
    {
        var rotated = Math.Min(32, headWidth);
        return [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(10000, -2.0 * i / rotated))];
    }
}
