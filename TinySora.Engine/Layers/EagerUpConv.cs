using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>Transposed convolutions of channels-last clips, computed as ordinary convolutions to reuse the convolution kernel.</summary>
/// <remarks>
/// Each output position on a doubled axis depends on two input positions, with taps that depend only on whether the output position is even or odd. A
/// single convolution with two taps computes even and odd positions as separate channels, which are then interleaved.
/// </remarks>
internal static class EagerUpConv
{
    /// <inheritdoc cref="AnyTensor.conv_transpose"/>
    public static Tensor Apply(Tensor input, Parameter weight, Parameter bias, Axis time, Axis space)
    {
        FlopCounter.Product(weight, input);
        var x = TimeWindows.Unfold(Precision.ToComputeType(input), time.Stride == 2 ? new Axis(2, 1, 1, 1) : time);
        if (space.Stride == 1)
        {
            x = nn.functional.pad(x, [0, 0, space.Before, space.After, space.Before, space.After]);
        }

        var padding = space.Stride == 2 ? 1 : 0;
        var phases = (int)(time.Stride * space.Stride * space.Stride);
        var (taps, shift) = (Precision.GetPrepared(weight, w => Taps(w, time, space)), Precision.GetPrepared(bias, b => b.repeat(phases)));
        var all = Kernels.CanConvolve(x, taps, stride: 1, padding)
            ? Kernels.Convolve(x, taps, shift, padding)
            : Frames.Map(x, frames => nn.functional.conv2d(frames, Precision.ToComputeType(taps), Precision.ToComputeType(shift), padding: [padding, padding]));
        return InterleavePhases.Apply(all.unflatten(4, time.Stride, space.Stride, space.Stride, bias.shape[0])); // (B, F'', H'', W'', t, h, w, C)
    }

    /// <summary>
    /// Rearranges the weight into the weight of an ordinary convolution. On a doubled axis, taps 3 and 1 produce the even positions, and taps 2 and 0
    /// produce the odd positions. On other axes, all taps are used in reverse order.
    /// </summary>
    /// <param name="weight">
    /// (i, o, t, h, w) or (i, o, h, w), stored with inputs as the last axis in memory, so that the weight and its gradient are accessed sequentially.
    /// </param>
    /// <returns>(phases·o, t'·i, h', w'), channels last in memory.</returns>
    public static Tensor Taps(Tensor weight, Axis time, Axis space)
    {
        var (i, o) = (weight.shape[0], weight.shape[1]);
        var taps = (weight.ndim == 4 ? weight.unsqueeze(2) : weight).permute(1, 2, 3, 4, 0).flip(1, 2, 3);    // (o, t, h, w, i)
        var (t, s) = (time.Stride, space.Stride);
        var (kt, ks) = (time.Kernel / t, space.Kernel / s);
        return taps.reshape(o, kt, t, ks, s, ks, s, i).permute(2, 4, 6, 0, 3, 5, 1, 7)
            .reshape(t * s * s * o, ks, ks, kt * i).permute(0, 3, 1, 2);
    }
}

/// <summary>
/// Interleaves the even and odd positions on doubled axes. The forward and the backward pass each traverse memory once. With stock operators, the forward pass
/// traverses memory once per axis, and the backward pass many times.
/// </summary>
internal sealed class InterleavePhases : autograd.MultiTensorFunction<InterleavePhases>
{
    private const string Shape = "shape";

    public override string Name => nameof(InterleavePhases);

    /// <param name="phases">
    /// Phases (B, F', H', W', t, h, w, C). t, h and w are 2 for a doubled axis, which has one more position than the input, and 1 for other axes. Even
    /// phases omit the last position, and odd phases omit the first.
    /// </param>
    /// <returns>(B, t·F, h·H, w·W, C).</returns>
    public static Tensor Apply(Tensor phases) => phases.requires_grad ? apply(phases)[0] : Interleave(phases);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var phases = (Tensor)vars[0];
        ctx.save_data(Shape, phases.shape);
        return [Interleave(phases)];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var gradient = zeros((long[])ctx.get_data(Shape), grad_outputs[0].dtype, grad_outputs[0].device);
        using var scope = NewDisposeScope();
        Each(gradient, grad_outputs[0].contiguous(), (phase, part) => phase.copy_(part));
        return [gradient];
    }

    private static Tensor Interleave(Tensor phases)
    {
        var (p, lengths) = (phases.shape, Lengths(phases.shape));
        var woven = empty([p[0], lengths[0] * p[4], lengths[1] * p[5], lengths[2] * p[6], p[7]], phases.dtype, phases.device);
        using var scope = NewDisposeScope();
        Each(phases, woven, (phase, part) => part.copy_(phase));
        return woven;
    }

    private static long[] Lengths(long[] phases) => [.. Enumerable.Range(1, 3).Select(axis => phases[axis] - phases[axis + 3] + 1)];

    /// <param name="woven">Contiguous interleaved tensor.</param>
    /// <param name="use">Receives each phase (B, F, H, W, C) and its target, as views.</param>
    private static void Each(Tensor phases, Tensor woven, Action<Tensor, Tensor> use)
    {
        var (p, n) = (phases.shape, Lengths(phases.shape));
        var places = woven.view(p[0], n[0], p[4], n[1], p[5], n[2], p[6], p[7]);
        for (var t = 0; t < p[4]; t++)
        {
            for (var h = 0; h < p[5]; h++)
            {
                for (var w = 0; w < p[6]; w++)
                {
                    use(
                        phases.narrow(1, t, n[0]).narrow(2, h, n[1]).narrow(3, w, n[2]).select(6, w).select(5, h).select(4, t),
                        places.select(6, w).select(4, h).select(2, t));
                }
            }
        }
    }
}
