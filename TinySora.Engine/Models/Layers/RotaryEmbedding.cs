using static TorchSharp.torch;

namespace TinySora.Engine.Models.Layers;

/// <summary>
/// Rotary position embedding over frames (Su et al. 2021): position p turns the pair of features (2i, 2i+1) by p·ω_i,
/// ω_i = 10000^(−2i/r), r = min(32, head width); features beyond r stay. One instance serves all temporal attentions.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    // A fixed buffer, because the seed's checkpoints carry it under every attention.
    private readonly Tensor freqs;

    public RotaryEmbedding(int headWidth)
        : base(nameof(RotaryEmbedding))
    {
        freqs = tensor(Frequencies(headWidth).Select(f => (float)f).ToArray());
        RegisterComponents();
    }

    /// <summary>
    /// The turn of each frame as a matrix, times headWidth^(−1/4): applied to queries and keys alike it also scales their
    /// products by headWidth^(−1/2). One batched product is the fastest form of it that is made of stock operators.
    /// </summary>
    /// <returns>(F, headWidth, headWidth); a row vector of features at frame p is turned by result[p] on its right.</returns>
    public static Tensor Rotation(int frames, int headWidth, ScalarType dtype, Device device)
    {
        var frequencies = Frequencies(headWidth);
        var scale = Math.Pow(headWidth, -0.25);
        var turn = new float[frames * headWidth * headWidth];
        for (var p = 0; p < frames; p++)
        {
            void Set(int row, int column, double value) =>
                turn[(p * headWidth + row) * headWidth + column] = (float)(scale * value);

            for (var i = 0; i < frequencies.Length; i++)
            {
                var (sin, cos) = Math.SinCos(p * frequencies[i]);
                Set(2 * i, 2 * i, cos);
                Set(2 * i + 1, 2 * i, -sin);
                Set(2 * i, 2 * i + 1, sin);
                Set(2 * i + 1, 2 * i + 1, cos);
            }

            for (var i = 2 * frequencies.Length; i < headWidth; i++)
            {
                Set(i, i, 1);
            }
        }

        return tensor(turn, [frames, headWidth, headWidth]).to(dtype, device);
    }

    private static double[] Frequencies(int headWidth)
    {
        var rotated = Math.Min(32, headWidth);
        return [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(10000, -2.0 * i / rotated))];
    }
}
