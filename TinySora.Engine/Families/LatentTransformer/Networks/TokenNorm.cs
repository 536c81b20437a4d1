using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Normalization of tokens before the branches of a block.</summary>
/// <param name="IsRms">Whether to use RMSNorm (Zhang and Sennrich 2019) instead of LayerNorm.</param>
internal readonly record struct TokenNorm(bool IsRms)
{
    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="shift">(B, C).</param>
    /// <param name="scale">(B, C).</param>
    /// <returns>norm(x) · (1 + scale) + shift, in the type of matrix products.</returns>
    public AnyTensor Modulated(AnyTensor x, AnyTensor shift, AnyTensor scale) => IsRms
        ? ((x.rms_norm(Modulation.Epsilon) * (1 + Modulation.Rows(scale, x))) + Modulation.Rows(shift, x)).ToComputeType()
        : Modulation.Norm(x, shift, scale);

    /// <inheritdoc cref="Modulated"/>
    /// <returns>norm(x).</returns>
    public AnyTensor Unmodulated(AnyTensor x) => (IsRms ? x.rms_norm(Modulation.Epsilon) : x.layer_norm(null, null, Modulation.Epsilon)).ToComputeType();
}
