using TinySora.Engine.Compute;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>The original's ConvTranspose3d that doubles height and width: kernel (1, 4, 4), stride (1, 2, 2), padding (0, 1, 1).</summary>
public sealed class UpConv : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public UpConv(long channels)
        : base(nameof(UpConv))
    {
        weight = Initial.ChannelsLast(Initial.Uniform(channels * 16, channels, channels, 1, 4, 4), axis: 0);
        bias = Initial.Uniform(channels * 16, channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C).</param>
    /// <returns>(B, F, 2H, 2W, C).</returns>
    /// <remarks>
    /// Each output pixel sees 2 x 2 input pixels, and which kernel taps meet them depends only on whether its row and column
    /// are even: so one 2 x 2 convolution computes all four kinds, and their interleaving is the result. The stock operator
    /// is not used because libtorch 1.13 computes it in bfloat16 as if it were the convolution it transposes.
    /// </remarks>
    public override Tensor forward(Tensor input)
    {
        var (h, w, c) = (input.shape[2], input.shape[3], input.shape[4]);
        FlopCounter.Product(weight, input);
        var x = Precision.Narrow(input);
        var phases = Kernels.CanConvolveUp(x)
            ? Kernels.Convolve(x, Precision.Made(weight, Taps), Precision.Made(bias, b => b.repeat(4)), stride: 1, padding: 1)
            : Frames.Map(x, frames => nn.functional.conv2d(
                frames, Precision.Weight(weight, Taps), Precision.Weight(bias, b => b.repeat(4)), padding: [1, 1]));
        phases = phases.unflatten(4, 2, 2, c);                                             // (B, F, H+1, W+1, 2, 2, C)

        Tensor Phase(int row, int column) =>
            phases.narrow(2, row, h).narrow(3, column, w).select(4, row).select(4, column);    // (B, F, H, W, C)
        Tensor Row(int row) => stack([Phase(row, 0), Phase(row, 1)], 4).flatten(3, 4);         // (B, F, H, 2W, C)
        return stack([Row(0), Row(1)], 3).flatten(2, 3);
    }

    /// <summary>Taps 3, 1 make the even output rows (and columns), taps 2, 0 the odd ones.</summary>
    /// <param name="weight">(i, o, 1, 4, 4), in memory (o, 1, 4, 4, i): the order in which it and its gradient are worked on.</param>
    /// <returns>(2·2·o, i, 2, 2), channels last in memory.</returns>
    private static Tensor Taps(Tensor weight)
    {
        var c = weight.shape[0];
        var taps = weight.squeeze(2).permute(1, 2, 3, 0).flip(1, 2);                            // (o, 4, 4, i)
        return taps.reshape(c, 2, 2, 2, 2, c).permute(2, 4, 0, 1, 3, 5).reshape(4 * c, 2, 2, c).permute(0, 3, 1, 2);
    }
}
