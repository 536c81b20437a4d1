using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Clips as tokens, each a block of frames, rows and columns.</summary>
/// <param name="Frames">Of a block.</param>
/// <param name="Size">Its rows and its columns.</param>
internal sealed record Patches(int Channels, int Frames, int Size)
{
    /// <param name="shape">(B, C, F, H, W).</param>
    /// <exception cref="TinySoraException">TinySora.Model.LatentShape.</exception>
    public PatchGrid Grid(long[] shape) =>
        shape.Length == 5 && shape[1] == Channels && shape[2] % Frames == 0 && shape[3] % Size == 0 && shape[4] % Size == 0
            ? new(shape[2] / Frames, shape[3] / Size, shape[4] / Size)
            : throw ModelErrors.LatentShape(shape, Channels, Frames, Size);

    /// <param name="x">(B, C, F, H, W).</param>
    /// <param name="channelsFirst">A block's numbers are in the order channel, frame, row, column, and not with the channel last.</param>
    /// <returns>(B, f, h·w, numbers).</returns>
    public AnyTensor Cut(AnyTensor x, bool channelsFirst)
    {
        var (frames, rows, columns) = Grid(x.shape);
        var blocks = x.unflatten(4, columns, Size).unflatten(3, rows, Size).unflatten(2, frames, Frames);     // (B, C, f, a, h, b, w, c)
        return (channelsFirst ? blocks.permute(0, 2, 4, 6, 1, 3, 5, 7) : blocks.permute(0, 2, 4, 6, 3, 5, 7, 1)).flatten(4).flatten(2, 3);
    }

    /// <summary>Puts patches together again, with any number of channels.</summary>
    /// <param name="tokens">(B, f, h·w, numbers).</param>
    /// <param name="rows">h.</param>
    /// <returns>(B, C, F, H, W).</returns>
    public AnyTensor Restore(AnyTensor tokens, long rows, bool channelsFirst)
    {
        var channels = tokens.shape[3] / (Frames * Size * Size);
        var grid = tokens.unflatten(2, rows, tokens.shape[2] / rows);
        var blocks = channelsFirst
            ? grid.unflatten(4, channels, Frames, Size, Size).permute(0, 4, 1, 5, 2, 6, 3, 7)
            : grid.unflatten(4, Frames, Size, Size, channels).permute(0, 7, 1, 4, 2, 5, 3, 6);                // (B, C, f, a, h, b, w, c)
        return blocks.flatten(6, 7).flatten(4, 5).flatten(2, 3);
    }

    /// <summary>Places and frames of each example that are padding; null: none are.</summary>
    /// <returns>(B, rows·columns) and (B, frames) booleans.</returns>
    public (Tensor? Places, Tensor? Times) Absent(PatchGrid grid, IReadOnlyList<(int F, int H, int W)>? sizes, Device device)
    {
        if (sizes is null)
        {
            return (null, null);
        }

        var (rows, columns) = grid.Places(device);
        var places = rows.ge(Each(sizes, size => size.H / Size, device)) | columns.ge(Each(sizes, size => size.W / Size, device));
        return (places, Positions.Count(grid.Frames, device).ge(Each(sizes, size => size.F / Frames, device)));
    }

    /// <summary>A number for each example, computed from its size.</summary>
    /// <returns>(B, 1) float64.</returns>
    public static Tensor Each(IReadOnlyList<(int F, int H, int W)> sizes, Func<(int F, int H, int W), int> number, Device device) =>
        tensor(sizes.Select(size => (double)number(size)).ToArray()).to(device).unsqueeze(1);
}

/// <summary>How many tokens there are in time, rows and columns.</summary>
internal readonly record struct PatchGrid(long Frames, long Rows, long Columns)
{
    public long Count => Frames * Rows * Columns;

    /// <summary>Row and column of each place of a frame.</summary>
    /// <returns>(rows·columns) float64 each.</returns>
    public (Tensor Rows, Tensor Columns) Places(Device device) => (
        Positions.Count(Rows, device).unsqueeze(1).expand(Rows, Columns).flatten(),
        Positions.Count(Columns, device).unsqueeze(0).expand(Rows, Columns).flatten());
}

/// <summary>A convolution whose stride is its kernel, over patches that are cut already: a linear layer with a convolution's weight.</summary>
internal sealed class PatchProjection : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <param name="kernel">The weight's axes after the first, in the order of a patch's numbers.</param>
    public PatchProjection(long outputs, params long[] kernel)
        : base(nameof(PatchProjection))
    {
        weight = Initial.Xavier(kernel.Aggregate((a, b) => a * b), outputs, [outputs, .. kernel]);
        bias = Initial.Zeros(outputs);
        RegisterComponents();
    }

    /// <param name="input">(..., numbers of a patch).</param>
    public override AnyTensor forward(AnyTensor input) => input.linear(weight, bias);
}
