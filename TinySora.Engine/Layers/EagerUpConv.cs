using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Transposed convolutions of clips with channels last as ordinary ones, so that the kernel of those serves here, too.</summary>
/// <remarks>
/// Each output position of a doubled axis sees two input positions, and which taps meet them depends only on whether it is even: so one
/// convolution with two taps computes both kinds, and their interleaving is the result.
/// </remarks>
internal static class EagerUpConv
{
    /// <inheritdoc cref="AnyTensor.conv_transpose"/>
    public static Tensor Of(Tensor input, Parameter weight, Parameter bias, Axis time, Axis space)
    {
        FlopCounter.Product(weight, input);
        var x = TimeWindows.Of(Precision.Narrow(input), time.Stride == 2 ? new Axis(2, 1, 1, 1) : time);
        if (space.Stride == 1)
        {
            x = nn.functional.pad(x, [0, 0, space.Before, space.After, space.Before, space.After]);
        }

        var padding = space.Stride == 2 ? 1 : 0;
        var phases = (int)(time.Stride * space.Stride * space.Stride);
        var (taps, shift) = (Precision.Made(weight, w => Taps(w, time, space)), Precision.Made(bias, b => b.repeat(phases)));
        var all = Kernels.CanConvolve(x, taps, stride: 1, padding)
            ? Kernels.Convolve(x, taps, shift, padding)
            : Frames.Map(x, frames => nn.functional.conv2d(frames, Precision.Narrow(taps), Precision.Narrow(shift), padding: [padding, padding]));
        return Interleaved.Of(all.unflatten(4, time.Stride, space.Stride, space.Stride, bias.shape[0])); // (B, F'', H'', W'', t, h, w, C)
    }

    /// <summary>
    /// The weight as that of an ordinary convolution. On a doubled axis taps 3 and 1 make the even positions, and taps 2 and 0 the odd ones; on
    /// another axis all taps are used, in reverse order.
    /// </summary>
    /// <param name="weight">(i, o, t, h, w) or (i, o, h, w), in memory with the inputs last: the order in which it and its gradient are worked on.</param>
    /// <returns>(phases·o, t'·i, h', w'), channels last in memory.</returns>
    private static Tensor Taps(Tensor weight, Axis time, Axis space)
    {
        var (i, o) = (weight.shape[0], weight.shape[1]);
        var taps = (weight.ndim == 4 ? weight.unsqueeze(2) : weight).permute(1, 2, 3, 4, 0).flip(1, 2, 3);    // (o, t, h, w, i)
        var (t, s) = (time.Stride, space.Stride);
        var (kt, ks) = (time.Kernel / t, space.Kernel / s);
        return taps.reshape(o, kt, t, ks, s, ks, s, i).permute(2, 4, 6, 0, 3, 5, 1, 7)
            .reshape(t * s * s * o, ks, ks, kt * i).permute(0, 3, 1, 2);
    }
}
