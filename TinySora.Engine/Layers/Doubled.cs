namespace TinySora.Engine.Layers;

/// <summary>Doubles axes by repeating values, without weights.</summary>
internal static class Doubled
{
    /// <summary>Twice as many frames, each new one a quarter of the way to its neighbour (linear interpolation with half-pixel centres).</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    public static AnyTensor Time(AnyTensor x)
    {
        var last = x.shape[1] - 1;
        var before = last == 0 ? x : AnyTensor.cat([x.narrow(1, 0, 1), x.narrow(1, 0, last)], 1);
        var after = last == 0 ? x : AnyTensor.cat([x.narrow(1, 1, last), x.narrow(1, last, 1)], 1);
        return AnyTensor.stack([(x * 0.75) + (before * 0.25), (x * 0.75) + (after * 0.25)], 2).flatten(1, 2);
    }

    /// <summary>The frames with each pixel four times.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    public static AnyTensor Space(AnyTensor x) => x.unsqueeze(3).unsqueeze(5).repeat(1, 1, 1, 2, 1, 2, 1).flatten(2, 3).flatten(3, 4);
}
