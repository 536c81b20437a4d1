using TinySora.Engine.Layers;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>A convolution whose stride is its kernel, over patches that are cut already: a linear layer with a convolution's weight.</summary>
internal sealed class PatchProjection : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <param name="kernel">The weight's axes after the first, in the order of a patch's numbers.</param>
    public PatchProjection(long outputs, params long[] kernel)
        : base(nameof(PatchProjection))
    {
        weight = Initial.Xavier(kernel.Aggregate((a, b) => a * b), outputs, [outputs, .. kernel]);
        bias = Initial.Zeros(outputs);
        RegisterComponents();
    }

    /// <param name="input">(..., numbers of a patch).</param>
    public override AnyTensor forward(AnyTensor input) => input.linear(weight, bias);
}
