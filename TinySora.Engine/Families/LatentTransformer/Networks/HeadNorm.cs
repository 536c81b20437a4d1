using TinySora.Engine.Compute;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>x / √(mean x² + 1e-6) times a gain, over the features of each head: keeps logits from growing (Dehghani et al. 2023).</summary>
internal sealed class HeadNorm : nn.Module<Tensor, Tensor>
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
    public override Tensor forward(Tensor input) => (TokenNorm.Rms(Precision.Widen(input)) * weight).to(input.dtype);

    /// <inheritdoc cref="forward(Tensor)"/>
    public OnnxTensor forward(OnnxTensor input) => input.Rms(TokenNorm.Epsilon) * input.Graph.Weight(weight);
}
