using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

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
