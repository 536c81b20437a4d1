using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>How a network normalizes tokens in front of its branches.</summary>
/// <param name="IsRms">By their root mean square instead of mean and variance (Zhang and Sennrich 2019).</param>
internal readonly record struct TokenNorm(bool IsRms)
{
    public const double Epsilon = 1e-6;

    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>norm(x) · (1 + scale) + shift, in the type that products take.</returns>
    public AnyTensor Modulated(AnyTensor x, AnyTensor shift, AnyTensor scale) => IsRms
        ? ((x.rms_norm(Epsilon) * (1 + Modulation.Rows(scale, x))) + Modulation.Rows(shift, x)).Narrowed()
        : Modulation.Norm(x, shift, scale);

    /// <inheritdoc cref="Modulated"/>
    /// <returns>norm(x).</returns>
    public AnyTensor Plain(AnyTensor x) => (IsRms ? x.rms_norm(Epsilon) : x.layer_norm(null, null, Modulation.Epsilon)).Narrowed();
}
