using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Mamba's convolution before its scan: each channel is convolved over the last tokens with four taps of its own, then SiLU.</summary>
internal static class DepthwiseCausalConv
{
    /// <summary>The number of earlier tokens that have a part in a token's result.</summary>
    public const int Memory = 3;

    /// <summary>The convolution of whole sequences, with zeros before their first position.</summary>
    /// <param name="x">(B, T, E), float32 or bfloat16.</param>
    /// <param name="weight">(E, 1, 4) float32, the last for the token itself.</param>
    /// <param name="bias">(E) float32.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static AnyTensor Of(AnyTensor x, Tensor weight, Tensor bias) => x.Eager is Tensor numbers && Kernels.CanNorm(numbers)
        ? FlopCounter.Product(weight, Kernels.CausalConv(numbers, weight, bias))
        : x.causal_conv(weight, bias).silu();

    /// <summary>The convolution of tokens that follow others, often of a single one; without gradients.</summary>
    /// <param name="state">(B, 3, E) float32, zero before the first token: the last tokens, which are brought up to date.</param>
    /// <inheritdoc cref="Of"/>
    public static Tensor Step(Tensor x, Tensor weight, Tensor bias, Tensor state)
    {
        using var gradients = no_grad();
        var tokens = cat([state, Precision.Widen(x)], 1);
        state.copy_(tokens.narrow(1, tokens.shape[1] - Memory, Memory));
        return ((Tensor)Of(tokens, weight, bias)).narrow(1, Memory, x.shape[1]);
    }
}
