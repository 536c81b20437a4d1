using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Divides clips into patches (blocks of frames, rows and columns), which become tokens.</summary>
/// <param name="Frames">Number of frames in a patch.</param>
/// <param name="Size">Number of rows, and of columns, in a patch.</param>
internal sealed record Patches(int Channels, int Frames, int Size)
{
    /// <param name="shape">(B, C, F, H, W).</param>
    /// <exception cref="TinySoraException">TinySora.Model.LatentShape.</exception>
    public PatchGrid Grid(long[] shape) =>
        shape.Length == 5 && shape[1] == Channels && shape[2] % Frames == 0 && shape[3] % Size == 0 && shape[4] % Size == 0
            ? new(shape[2] / Frames, shape[3] / Size, shape[4] / Size)
            : throw ModelErrors.LatentShape(shape, Channels, Frames, Size);

    /// <param name="x">(B, C, F, H, W).</param>
    /// <param name="channelsFirst">Whether the values in a patch are ordered by channel, frame, row and column; otherwise, channels come last.</param>
    /// <returns>(B, f, h·w, values).</returns>
    public AnyTensor Patchify(AnyTensor x, bool channelsFirst)
    {
        var (frames, rows, columns) = Grid(x.shape);
        var blocks = x.unflatten(4, columns, Size).unflatten(3, rows, Size).unflatten(2, frames, Frames);     // (B, C, f, a, h, b, w, c)
        return (channelsFirst ? blocks.permute(0, 2, 4, 6, 1, 3, 5, 7) : blocks.permute(0, 2, 4, 6, 3, 5, 7, 1)).flatten(4).flatten(2, 3);
    }

    /// <param name="tokens">(B, f, h·w, values).</param>
    /// <param name="rows">Number of rows h.</param>
    /// <returns>(B, C, F, H, W).</returns>
    public AnyTensor Unpatchify(AnyTensor tokens, long rows, bool channelsFirst)
    {
        var channels = tokens.shape[3] / (Frames * Size * Size);
        var grid = tokens.unflatten(2, rows, tokens.shape[2] / rows);
        var blocks = channelsFirst
            ? grid.unflatten(4, channels, Frames, Size, Size).permute(0, 4, 1, 5, 2, 6, 3, 7)
            : grid.unflatten(4, Frames, Size, Size, channels).permute(0, 7, 1, 4, 2, 5, 3, 6);                // (B, C, f, a, h, b, w, c)
        return blocks.flatten(6, 7).flatten(4, 5).flatten(2, 3);
    }

    /// <summary>Returns masks of the padded positions and frames of each example; <c>null</c> if nothing is padded.</summary>
    /// <returns>Masks (B, rows·columns) and (B, frames), true for padding.</returns>
    public (Tensor? Places, Tensor? Times) PaddingMasks(PatchGrid grid, IReadOnlyList<(int F, int H, int W)>? sizes, Device device)
    {
        if (sizes is null)
        {
            return (null, null);
        }

        var (rows, columns) = grid.Coordinates(device);
        var places = rows.ge(Each(sizes, size => size.H / Size, device)) | columns.ge(Each(sizes, size => size.W / Size, device));
        return (places, PositionEmbeddings.Indices(grid.Frames, device).ge(Each(sizes, size => size.F / Frames, device)));
    }

    /// <summary>Returns a value for each example, computed from the example's size.</summary>
    /// <returns>(B, 1) float64.</returns>
    public static Tensor Each(IReadOnlyList<(int F, int H, int W)> sizes, Func<(int F, int H, int W), int> number, Device device) =>
        tensor(sizes.Select(size => (double)number(size)).ToArray()).to(device).unsqueeze(1);
}

/// <summary>Number of patches along frames, rows and columns.</summary>
internal readonly record struct PatchGrid(long Frames, long Rows, long Columns)
{
    public long Count => Frames * Rows * Columns;

    /// <returns>Row and column of each position, (rows·columns) float64 each.</returns>
    public (Tensor Rows, Tensor Columns) Coordinates(Device device) => (
        PositionEmbeddings.Indices(Rows, device).unsqueeze(1).expand(Rows, Columns).flatten(),
        PositionEmbeddings.Indices(Columns, device).unsqueeze(0).expand(Rows, Columns).flatten());
}

/// <summary>A convolution with equal kernel size and stride, applied to patches that are already cut out: a linear layer with a convolution's weight.</summary>
internal sealed class PatchProjection : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <param name="kernel">Axes of the weight after the first, in the order of a patch's values.</param>
    public PatchProjection(long outputs, params long[] kernel)
        : base(nameof(PatchProjection))
    {
        weight = WeightInitialization.Xavier(kernel.Aggregate((a, b) => a * b), outputs, [outputs, .. kernel]);
        bias = WeightInitialization.Zeros(outputs);
        RegisterComponents();
    }

    /// <param name="input">(..., values of a patch).</param>
    public override AnyTensor forward(AnyTensor input) => input.linear(weight, bias);
}

/// <summary>
/// Sinusoidal position embeddings with ω_i = 10000^(−2i / width), computed for each size, so that a model accepts sizes it was not trained on.
/// </summary>
internal static class PositionEmbeddings
{
    /// <summary>Length of a row of positions in the <c>seq512</c> order.</summary>
    private const int Row = 512;

    /// <param name="positions">(...).</param>
    /// <param name="cosinesFirst">Whether cosines precede sines.</param>
    /// <returns>(..., width) float32.</returns>
    public static Tensor Sinusoids(Tensor positions, long width, bool cosinesFirst = false)
    {
        // In float64, because large angles lose the digits that distinguish neighbors in float32.
        var frequencies = (arange(width / 2, ScalarType.Float64, positions.device) * (-Math.Log(10000) / (width / 2))).exp();
        var angles = positions.to(ScalarType.Float64).unsqueeze(-1) * frequencies;
        return cat(cosinesFirst ? [angles.cos(), angles.sin()] : [angles.sin(), angles.cos()], -1).to(ScalarType.Float32);
    }

    /// <summary>Returns embeddings of rows and columns, each in half of the channels.</summary>
    /// <param name="columnsFirst">Whether the first half is for columns.</param>
    /// <param name="scale">Divisor of positions.</param>
    /// <returns>(rows·columns, width) float32.</returns>
    public static Tensor Space(long rows, long columns, long width, bool columnsFirst, Device device, double scale = 1)
    {
        var down = Sinusoids(Indices(rows, device) / scale, width / 2).unsqueeze(1).expand(rows, columns, -1);
        var across = Sinusoids(Indices(columns, device) / scale, width / 2).unsqueeze(0).expand(rows, columns, -1);
        return cat(columnsFirst ? [across, down] : [down, across], -1).flatten(0, 1);
    }

    /// <returns>(frames, width) float32.</returns>
    public static Tensor Time(long frames, long width, Device device, double scale = 1) => Sinusoids(Indices(frames, device) / scale, width);

    /// <summary>Returns embeddings of sequence indices arranged in rows of 512, with the column in the first half.</summary>
    /// <param name="numbers">Indices (B or 1, N), integers.</param>
    /// <returns>(B or 1, N, width) float32.</returns>
    public static Tensor Sequence(Tensor numbers, long width)
    {
        numbers = numbers.to(ScalarType.Float64);
        var rows = (numbers / Row).floor();
        return cat([Sinusoids(numbers - (rows * Row), width / 2), Sinusoids(rows, width / 2)], -1);
    }

    /// <summary>Returns the positions 0, 1, 2, ... as float64.</summary>
    public static Tensor Indices(long length, Device device) => arange(length, ScalarType.Float64, device);
}
