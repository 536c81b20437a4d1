using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// A part of a network of whose inside nothing is remembered: the backward pass computes it again (gradient checkpointing, Chen et al. 2016).
/// It must do the same both times, so that nothing in it draws random numbers.
/// </summary>
internal sealed class Recomputed : KernelOperation
{
    private readonly Func<IReadOnlyList<Tensor?>, Tensor> part;
    private readonly bool isNarrow = Precision.IsBFloat16;

    private Recomputed(Func<IReadOnlyList<Tensor?>, Tensor> part) => this.part = part;

    /// <param name="part">Of the inputs; what else it needs has no gradient beside parameters.</param>
    /// <param name="inputs">One of them with a gradient; null where the part takes none.</param>
    public static Tensor Of(Func<IReadOnlyList<Tensor?>, Tensor> part, params Tensor?[] inputs) => new Recomputed(part).Apply(inputs);

    protected override Tensor Compute(Tensor?[] inputs)
    {
        Save(inputs);
        return part(inputs);
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        using var gradients = enable_grad();
        var counted = FlopCounter.Count;
        Tensor?[] inputs = [.. kept.Select((saved, i) => saved?.detach().requires_grad_(Needs(i)))];
        using (Precision.Use(isNarrow, gradient.device))
        {
            var again = part(inputs);
            RunBackward(() => autograd.backward([again], [gradient]));
        }

        FlopCounter.Add(counted - FlopCounter.Count); // it is no arithmetic of a forward pass
        return [.. inputs.Select(input => input?.grad)];
    }
}
