using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The shape of a clip in tokens, which are in the order of frames, rows and columns.</summary>
internal readonly record struct TokenShape(int Frames, int Height, int Width)
{
    /// <summary>The number of tokens of a frame.</summary>
    public int OfFrame => Height * Width;

    public int Count => Frames * OfFrame;

    /// <summary>Frame, row and column of tokens.</summary>
    /// <param name="places">(...) int64: their numbers in a clip.</param>
    /// <returns>(..., 3) int64.</returns>
    public Tensor Positions(Tensor places)
    {
        var frame = places.div(OfFrame, RoundingMode.floor);
        var rest = places - (frame * OfFrame);
        var row = rest.div(Width, RoundingMode.floor);
        return stack([frame, row, rest - (row * Width)], -1);
    }
}
