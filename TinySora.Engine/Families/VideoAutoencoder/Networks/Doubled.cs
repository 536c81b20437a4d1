using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>Doubles axes by repeating values, without weights.</summary>
internal static class Doubled
{
    /// <summary>Twice as many frames, each new one a quarter of the way to its neighbour (linear interpolation with half-pixel centres).</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    public static Tensor Time(Tensor x)
    {
        var last = x.shape[1] - 1;
        var before = cat([x.narrow(1, 0, 1), x.narrow(1, 0, last)], 1);
        var after = cat([x.narrow(1, 1, last), x.narrow(1, last, 1)], 1);
        return stack([(x * 0.75) + (before * 0.25), (x * 0.75) + (after * 0.25)], 2).flatten(1, 2);
    }

    /// <inheritdoc cref="Time(Tensor)"/>
    public static OnnxTensor Time(OnnxTensor x)
    {
        var last = x.Shape[1] - 1;
        var before = last == 0 ? x : OnnxTensor.Cat(1, x.Narrow(1, 0, 1), x.Narrow(1, 0, last));
        var after = last == 0 ? x : OnnxTensor.Cat(1, x.Narrow(1, 1, last), x.Narrow(1, last, 1));
        return OnnxTensor.Cat(2, ((x * 0.75) + (before * 0.25)).Unsqueeze(2), ((x * 0.75) + (after * 0.25)).Unsqueeze(2)).Flatten(1, 2);
    }

    /// <inheritdoc cref="Space(Tensor)"/>
    public static OnnxTensor Space(OnnxTensor x) => x.Twice(2).Twice(3);

    /// <summary>The frames with each pixel four times.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    public static Tensor Space(Tensor x) => x.unsqueeze(3).unsqueeze(5).repeat(1, 1, 1, 2, 1, 2, 1).flatten(2, 3).flatten(3, 4);
}
