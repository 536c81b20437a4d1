using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Positions and padding mask for one sequence per clip, which consists of optional text tokens followed by all patches.</summary>
/// <param name="TextTokens">Number of text tokens before the patches.</param>
/// <param name="Device">Device of the tokens.</param>
internal sealed record PatchSequence(Patches Patches, PatchGrid Grid, long TextTokens, NetworkCondition Condition, Device Device)
{
    /// <returns>(B or 1, 1, words + N, width).</returns>
    public AnyTensor PositionEmbedding(PatchOrder order, int width)
    {
        if (order == PatchOrder.Tyx)
        {
            var places = PositionEmbeddings.Space(Grid.Rows, Grid.Columns, width, columnsFirst: true, Device);
            var table = (PositionEmbeddings.Time(Grid.Frames, width, Device).unsqueeze(1) + places).flatten(0, 1);
            return nn.functional.pad(table, [0, 0, TextTokens, 0]).unsqueeze(0).unsqueeze(0);
        }

        // Patches of each example are numbered without padding, after its own text tokens or those of the longest text.
        AnyTensor numbers = PatchNumbers();
        if (TextTokens > 0)
        {
            var before = Condition.Longest?.to(ScalarType.Int64).reshape(1, 1)
                ?? Condition.TextPresent?.to(ScalarType.Int64).sum(1, keepdim: true) ?? full([1, 1], TextTokens, ScalarType.Int64, Device);
            var after = before + numbers;
            numbers = AnyTensor.cat([(after.narrow(1, 0, 1) * 0) + arange(TextTokens, ScalarType.Int64, Device), after], 1);
        }

        // A graph contains a table, because angles are computed in float64.
        var each = numbers.Eager is Tensor known ? PositionEmbeddings.Sequence(known, width)
            : numbers.embedding(PositionEmbeddings.Sequence(arange(TextTokens + Grid.Count, ScalarType.Int64), width));
        return each.unsqueeze(1);
    }

    /// <param name="examples">Batch size B.</param>
    /// <returns>Mask (B, words + N) of padding; <c>null</c> if there is none.</returns>
    public AnyTensor? PaddingMask(long examples)
    {
        var (places, times) = Patches.PaddingMasks(Grid, Condition.Sizes, Device);
        var patches = places is null || times is null ? null : (times.unsqueeze(2) | places.unsqueeze(1)).flatten(1);
        if (TextTokens == 0 || (patches is null && Condition.TextPresent is null))
        {
            return patches;
        }

        var words = Condition.TextPresent?.logical_not() ?? zeros([examples, TextTokens], ScalarType.Bool, Device);
        return patches is null ? words.pad(0, Grid.Count) : AnyTensor.cat([words, patches], 1);
    }

    /// <summary>Returns the rotary embedding of patches by frame, row and column. Text tokens are not rotated.</summary>
    public RotaryTable CreateRotaryTable(int headWidth)
    {
        var (rows, columns) = Grid.Coordinates(Device);
        var frames = PositionEmbeddings.Indices(Grid.Frames, Device).repeat_interleave(Grid.Rows * Grid.Columns);
        return RotaryTable.ForPositions(headWidth, frames, rows.repeat(Grid.Frames), columns.repeat(Grid.Frames)).PrependUnrotated(TextTokens);
    }

    /// <param name="tokens">(B, 1, words + N, C).</param>
    /// <returns>(B, f, h, w, C).</returns>
    public AnyTensor Clip(AnyTensor tokens) => tokens.narrow(2, TextTokens, Grid.Count).squeeze(1).unflatten(1, Grid.Frames, Grid.Rows, Grid.Columns);

    /// <param name="clip">(B, f, h, w, C).</param>
    /// <returns>(B, 1, words + N, C).</returns>
    public AnyTensor Tokens(AnyTensor clip) => clip.flatten(1, 3).unsqueeze(1).pad(0, 0, TextTokens, 0);

    /// <returns>(B or 1, N) int64.</returns>
    private Tensor PatchNumbers()
    {
        if (Condition.Sizes is not IReadOnlyList<(int F, int H, int W)> sizes)
        {
            return arange(Grid.Count, ScalarType.Int64, Device).unsqueeze(0);
        }

        var (rows, columns) = Grid.Coordinates(Device);
        var frames = PositionEmbeddings.Indices(Grid.Frames, Device).view(-1, 1);
        var height = Patches.Each(sizes, size => size.H / Patches.Size, Device).unsqueeze(-1);
        var width = Patches.Each(sizes, size => size.W / Patches.Size, Device).unsqueeze(-1);
        return ((((frames * height) + rows) * width) + columns).flatten(1).to(ScalarType.Int64);
    }
}
