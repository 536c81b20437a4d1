using TinySora.Engine.Errors;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Clips as tokens, each a block of frames, rows and columns.</summary>
/// <param name="Frames">Of a block.</param>
/// <param name="Size">Its rows and its columns.</param>
internal sealed record Patches(int Channels, int Frames, int Size)
{
    /// <summary>How many tokens there are in time, rows and columns.</summary>
    /// <param name="shape">(B, C, F, H, W).</param>
    /// <exception cref="TinySoraException">TinySora.Model.LatentShape.</exception>
    public (long Frames, long Rows, long Columns) Grid(long[] shape) =>
        shape.Length == 5 && shape[1] == Channels && shape[2] % Frames == 0 && shape[3] % Size == 0 && shape[4] % Size == 0
            ? (shape[2] / Frames, shape[3] / Size, shape[4] / Size)
            : throw ModelErrors.LatentShape(shape, Channels, Frames, Size);

    /// <param name="x">(B, C, F, H, W).</param>
    /// <param name="channelsFirst">A block's numbers are in the order channel, frame, row, column, and not with the channel last.</param>
    /// <returns>(B, f, h·w, numbers).</returns>
    public Tensor Cut(Tensor x, bool channelsFirst)
    {
        var (frames, rows, columns) = Grid(x.shape);
        var blocks = x.unflatten(4, columns, Size).unflatten(3, rows, Size).unflatten(2, frames, Frames);     // (B, C, f, a, h, b, w, c)
        return (channelsFirst ? blocks.permute(0, 2, 4, 6, 1, 3, 5, 7) : blocks.permute(0, 2, 4, 6, 3, 5, 7, 1)).flatten(4).flatten(2, 3);
    }

    /// <summary>Puts patches together again, with any number of channels.</summary>
    /// <param name="tokens">(B, f, h·w, numbers).</param>
    /// <param name="rows">h.</param>
    /// <returns>(B, C, F, H, W).</returns>
    public Tensor Restore(Tensor tokens, long rows, bool channelsFirst)
    {
        var channels = tokens.shape[3] / (Frames * Size * Size);
        var grid = tokens.unflatten(2, rows, tokens.shape[2] / rows);
        var blocks = channelsFirst
            ? grid.unflatten(4, channels, Frames, Size, Size).permute(0, 4, 1, 5, 2, 6, 3, 7)
            : grid.unflatten(4, Frames, Size, Size, channels).permute(0, 7, 1, 4, 2, 5, 3, 6);                // (B, C, f, a, h, b, w, c)
        return blocks.flatten(6, 7).flatten(4, 5).flatten(2, 3);
    }

    /// <inheritdoc cref="Cut(Tensor, bool)"/>
    public OnnxTensor Cut(OnnxTensor x, bool channelsFirst)
    {
        var (frames, rows, columns) = Grid(x.Shape);
        var blocks = x.Unflatten(4, columns, Size).Unflatten(3, rows, Size).Unflatten(2, frames, Frames);     // (B, C, f, a, h, b, w, c)
        blocks = channelsFirst ? blocks.Permute(0, 2, 4, 6, 1, 3, 5, 7) : blocks.Permute(0, 2, 4, 6, 3, 5, 7, 1);
        return blocks.Flatten(4, 7).Flatten(2, 3);
    }

    /// <inheritdoc cref="Restore(Tensor, long, bool)"/>
    public OnnxTensor Restore(OnnxTensor tokens, long rows, bool channelsFirst)
    {
        var channels = tokens.Shape[3] / (Frames * Size * Size);
        var grid = tokens.Unflatten(2, rows, tokens.Shape[2] / rows);
        var blocks = channelsFirst
            ? grid.Unflatten(4, channels, Frames, Size, Size).Permute(0, 4, 1, 5, 2, 6, 3, 7)
            : grid.Unflatten(4, Frames, Size, Size, channels).Permute(0, 7, 1, 4, 2, 5, 3, 6);                // (B, C, f, a, h, b, w, c)
        return blocks.Flatten(6, 7).Flatten(4, 5).Flatten(2, 3);
    }
}
