using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// Even and odd positions of doubled axes, computed side by side, in their places: one pass over the memory there, and one back, where the stock
/// operators take one for each axis there and many back.
/// </summary>
internal sealed class Interleaved : autograd.MultiTensorFunction<Interleaved>
{
    private const string Shape = "shape";

    public override string Name => nameof(Interleaved);

    /// <param name="phases">
    /// (B, F', H', W', t, h, w, C): of t, h, w each is 1, or 2 on an axis that is doubled, which has one position more than the input; the even ones
    /// leave out the last, the odd ones the first.
    /// </param>
    /// <returns>(B, t·F, h·H, w·W, C).</returns>
    public static Tensor Of(Tensor phases) => phases.requires_grad ? apply(phases)[0] : Woven(phases);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var phases = (Tensor)vars[0];
        ctx.save_data(Shape, phases.shape);
        return [Woven(phases)];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var gradient = zeros((long[])ctx.get_data(Shape), grad_outputs[0].dtype, grad_outputs[0].device);
        using var scope = NewDisposeScope();
        Each(gradient, grad_outputs[0].contiguous(), (phase, part) => phase.copy_(part));
        return [gradient];
    }

    private static Tensor Woven(Tensor phases)
    {
        var (p, lengths) = (phases.shape, Lengths(phases.shape));
        var woven = empty([p[0], lengths[0] * p[4], lengths[1] * p[5], lengths[2] * p[6], p[7]], phases.dtype, phases.device);
        using var scope = NewDisposeScope();
        Each(phases, woven, (phase, part) => part.copy_(phase));
        return woven;
    }

    /// <summary>The lengths of the input's three axes.</summary>
    private static long[] Lengths(long[] phases) => [.. Enumerable.Range(1, 3).Select(axis => phases[axis] - phases[axis + 3] + 1)];

    /// <param name="woven">Contiguous.</param>
    /// <param name="use">Gets each phase, (B, F, H, W, C), and where it belongs: views.</param>
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
