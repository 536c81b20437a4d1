using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>The final layer, which maps tokens to the values of patches: modulated normalization, and a linear layer that is initialized to zero.</summary>
internal sealed class AdaLnFinal
{
    private readonly Linear _linear;
    private readonly Linear _modulation;
    private readonly TokenNorm _norm;

    public AdaLnFinal(TransformerConfig model, int outputs)
    {
        var width = model.Size.HiddenSize;
        (_linear, _modulation) = (new Linear(width, outputs).Zeroed(), new Linear(width, 2 * width).Zeroed());
        _norm = new TokenNorm(model.RmsNorm);
    }

    /// <summary>Returns the layers with their names in the published code.</summary>
    public IEnumerable<(string Path, nn.Module Part)> Parts(string linear, string modulation) => [(linear, _linear), (modulation, _modulation)];

    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="condition">(B, C) float32.</param>
    /// <returns>(B, F, S, outputs) float32.</returns>
    public AnyTensor Forward(AnyTensor x, AnyTensor condition)
    {
        var m = _modulation.forward(condition.silu()).ToFloat32().chunk(2, 1);
        return _linear.forward(_norm.Modulated(x, m[0], m[1])).ToFloat32();
    }
}
