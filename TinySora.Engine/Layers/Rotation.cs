using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// Rotary positions (Su et al. 2021) over several axes: each has a share of a head's pairs (i, i + d/2), turned by its position times
/// 10000^(−j / pairs of the axis).
/// </summary>
/// <param name="Cosines">Broadcast to (..., heads, d/2).</param>
internal sealed record Rotation(Tensor Cosines, Tensor Sines)
{
    /// <param name="axes">Positions (N) along each; the first has the pairs that remain of a division.</param>
    /// <returns>For (..., N, heads, d).</returns>
    public static Rotation Along(int headWidth, params Tensor[] axes)
    {
        var pairs = headWidth / 2;
        var share = pairs / axes.Length;
        var angles = cat([.. axes.Select((positions, i) =>
        {
            var count = i == 0 ? pairs - (share * (axes.Length - 1)) : share;
            var frequencies = (arange(count, ScalarType.Float64, positions.device) * (-Math.Log(10000) / count)).exp();
            return positions.unsqueeze(-1) * frequencies;
        })], -1).unsqueeze(1);
        return new(angles.cos().to(ScalarType.Float32), angles.sin().to(ScalarType.Float32));
    }

    /// <summary>The rotation preceded by <paramref name="tokens"/> tokens that do not turn.</summary>
    public Rotation After(long tokens)
    {
        long[] shape = [tokens, 1, Cosines.shape[^1]];
        return new(cat([ones(shape, ScalarType.Float32, Cosines.device), Cosines]), cat([zeros(shape, ScalarType.Float32, Sines.device), Sines]));
    }

    /// <summary>The rotation for tensors of shape (..., N, M, heads, d).</summary>
    public Rotation OfRows() => new(Cosines.unsqueeze(1), Sines.unsqueeze(1));

    /// <param name="heads">(..., heads, d).</param>
    public AnyTensor Turn(AnyTensor heads)
    {
        var halves = heads.Widened().chunk(2, -1);
        return AnyTensor.cat([(halves[0] * Cosines) - (halves[1] * Sines), (halves[1] * Cosines) + (halves[0] * Sines)], -1).type_as(heads);
    }
}
