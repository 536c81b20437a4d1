using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// A part of a network that saves no activations, because the backward pass recomputes them (gradient checkpointing, Chen et al. 2016). The part must be
/// deterministic, so it must not draw random numbers.
/// </summary>
internal sealed class GradientCheckpoint : KernelOperation
{
    private readonly Func<IReadOnlyList<Tensor?>, Tensor> part;
    private readonly bool isNarrow = Precision.IsBFloat16;

    private GradientCheckpoint(Func<IReadOnlyList<Tensor?>, Tensor> part) => this.part = part;

    /// <param name="part">Function of the inputs. Among the tensors that the function captures, only parameters get a gradient.</param>
    /// <param name="inputs">Inputs, at least one of them with a gradient; <c>null</c> for inputs that the part does not use.</param>
    public static Tensor Run(Func<IReadOnlyList<Tensor?>, Tensor> part, params Tensor?[] inputs) => new GradientCheckpoint(part).Apply(inputs);

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
        using (Precision.Use(isNarrow))
        {
            var again = part(inputs);
            RunBackward(() => autograd.backward([again], [gradient]));
        }

        FlopCounter.Add(counted - FlopCounter.Count); // only forward passes are counted
        return [.. inputs.Select(input => input?.grad)];
    }
}
