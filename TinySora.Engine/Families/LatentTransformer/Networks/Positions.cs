using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// Positions as waves of ω_i = 10000^(−i / half the width), computed for the sizes at hand, so that a model takes others than it was trained on.
/// </summary>
internal static class Positions
{
    /// <summary>The patches in a row of the order <c>seq512</c>.</summary>
    private const int Row = 512;

    /// <param name="positions">(...).</param>
    /// <param name="cosinesFirst">The second half of the result is that of the sines.</param>
    /// <returns>(..., width) float32.</returns>
    public static Tensor Waves(Tensor positions, long width, bool cosinesFirst = false)
    {
        // In float64, because angles of a thousand radians have lost the digits that tell neighbours apart.
        var frequencies = (arange(width / 2, ScalarType.Float64, positions.device) * (-Math.Log(10000) / (width / 2))).exp();
        var angles = positions.to(ScalarType.Float64).unsqueeze(-1) * frequencies;
        return cat(cosinesFirst ? [angles.cos(), angles.sin()] : [angles.sin(), angles.cos()], -1).to(ScalarType.Float32);
    }

    /// <summary>The rows and the columns of each half of the channels.</summary>
    /// <param name="columnsFirst">The first half is that of the columns.</param>
    /// <param name="scale">Positions are divided by it.</param>
    /// <returns>(rows·columns, width) float32.</returns>
    public static Tensor Space(long rows, long columns, long width, bool columnsFirst, Device device, double scale = 1)
    {
        var down = Waves(Count(rows, device) / scale, width / 2).unsqueeze(1).expand(rows, columns, -1);
        var across = Waves(Count(columns, device) / scale, width / 2).unsqueeze(0).expand(rows, columns, -1);
        return cat(columnsFirst ? [across, down] : [down, across], -1).flatten(0, 1);
    }

    /// <returns>(frames, width) float32.</returns>
    public static Tensor Time(long frames, long width, Device device, double scale = 1) => Waves(Count(frames, device) / scale, width);

    /// <summary>The place of each number of a sequence in rows of 512, columns first.</summary>
    /// <param name="numbers">(B or 1, N), whole.</param>
    /// <returns>(B or 1, N, width) float32.</returns>
    public static Tensor Sequence(Tensor numbers, long width)
    {
        numbers = numbers.to(ScalarType.Float64);
        var rows = (numbers / Row).floor();
        return cat([Waves(numbers - (rows * Row), width / 2), Waves(rows, width / 2)], -1);
    }

    /// <summary>The positions 0, 1, 2, ... as float64.</summary>
    public static Tensor Count(long length, Device device) => arange(length, ScalarType.Float64, device);
}
