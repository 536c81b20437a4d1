using TinySora.Engine.Layers;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>x / √(mean x² + 1e-6) times a gain, over the features of each head: keeps logits from growing (Dehghani et al. 2023).</summary>
internal sealed class HeadNorm : Layer
{
    private readonly Parameter weight;

    public HeadNorm(int headWidth)
        : base(nameof(HeadNorm))
    {
        weight = Initial.Ones(headWidth);
        RegisterComponents();
    }

    /// <param name="input">(..., d).</param>
    /// <returns>In the type of <paramref name="input"/>.</returns>
    public override AnyTensor forward(AnyTensor input) => (input.Widened().rms_norm(TokenNorm.Epsilon) * weight).type_as(input);
}
