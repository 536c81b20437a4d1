using TinySora.Engine.Layers;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>x / √(mean x² + 1e-5) times a gain, over the numbers of each token (Zhang and Sennrich 2019).</summary>
internal sealed class RootMeanSquareNorm : Layer
{
    private const double Epsilon = 1e-5;

    private readonly Parameter weight;

    public RootMeanSquareNorm(long width)
        : base(nameof(RootMeanSquareNorm))
    {
        weight = Initial.Ones(width);
        RegisterComponents();
    }

    /// <param name="input">(B, T, C) float32.</param>
    public override AnyTensor forward(AnyTensor input) => input.rms_norm(Epsilon) * weight;
}
