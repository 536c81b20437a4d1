using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>
/// The fused kernels, and checks whether they support a tensor: float32 or bfloat16 on the CPU, with the library loaded. If a tensor is not supported,
/// the calling layer composes the operation from libtorch's operators.
/// </summary>
internal static class Kernels
{
    private static readonly NativeKernel OfAdam = new("adam");
    private static bool s_enabled = true;

    /// <summary>Whether the kernels are used. Tests disable them to compare a kernel with the operators that it replaces.</summary>
    public static bool Enabled
    {
        get => s_enabled && KernelLibrary.Instance.Problem is null;
        set => s_enabled = value;
    }

    /// <summary>Number of float32 values in the widest vector register; some kernels require rows of whole vectors.</summary>
    public const long VectorWidth = 16;

    /// <summary>Number of float32 values in half of the widest vector register. Attention pads its rows to a multiple of this number.</summary>
    private const long HalfVectorWidth = 8;

    /// <summary>Minimum number of multiplications for which rearranging the weights of a linear layer pays off.</summary>
    private const long FewestProducts = 1_500_000;

    /// <summary>Whether this is an Intel processor, on which libtorch's matrix products (MKL) are fastest.</summary>
    private static readonly bool IsOfIntel = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, 0x756E6547, 0x6C65746E, 0x49656E69); // "Genu", "ntel", "ineI"

    /// <summary>Whether the kernels can compute on a tensor. Some kernels have additional requirements.</summary>
    public static bool CanRunOn(Tensor x) =>
        Enabled && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <param name="v">(A, M, S, h, d), in the type of the queries and keys.</param>
    public static bool CanAttend(Tensor v) => CanRunOn(v) && v.shape[^1] % HalfVectorWidth == 0 && v.numel() > 0;

    /// <summary>Computes softmax attention: queries attend to the keys with the same indices along the axes A and M.</summary>
    /// <param name="q">(A, M, L, h, d), d a multiple of 8; without keys, (A, M, L, 3, h, d) with queries, keys and values.</param>
    /// <param name="k">(A, M, S, h, d).</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="bias">(h, L, S), added to the logits.</param>
    /// <param name="absent">(A, S) booleans that mark the keys to mask out.</param>
    /// <param name="dropped">
    /// Dropout probability of the attention weights, less than 1, used if <paramref name="chance"/> is specified. The remaining weights are scaled up.
    /// </param>
    /// <returns>(A, M, L, h, d), in the memory order and type of <paramref name="q"/>.</returns>
    public static Tensor Attend(Tensor q, Tensor? k, Tensor? v, Tensor? bias, Tensor? absent, bool isCausal, double dropped, BatchRandom? chance) =>
        chance is null ? AttentionOperation.Attend(q, k, v, bias, absent, isCausal, 0, 0, 0)
        : AttentionOperation.Attend(q, k, v, bias, absent, isCausal, dropped, Seed(chance.Generator), chance.CountBefore(q.shape[0]));

    public static bool CanAttend(Tensor x, int headWidth) => CanRunOn(x) && headWidth % VectorWidth == 0;

    /// <summary>Computes softmax attention over time, with rotary embedding and a bias. Each position attends to the same position in all frames.</summary>
    /// <param name="qkv">(A, T, M, 3 h d): queries, keys and values of h heads of width d, for T frames with M positions.</param>
    /// <param name="turns">
    /// (T, d) float32, d a multiple of 16: interleaved cosines and sines of the angle by which frame t rotates each pair of features, multiplied by
    /// d^(-1/4).
    /// </param>
    /// <param name="bias">(h, T, T) float32, added to the logits.</param>
    /// <returns>(A, T, M, h d), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor Attend(Tensor qkv, Tensor turns, Tensor bias) => new TemporalAttentionOperation().Apply(qkv, turns, bias);

    /// <summary>Computes linear attention over positions: softmax(q, features) (softmax(k, positions)ᵀ v / √32).</summary>
    /// <param name="qkv">(N, n, 3 h 32): queries, keys and values of h heads of width 32, for N frames with n positions.</param>
    /// <returns>(N, n, h 32), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor AttendLinearly(Tensor qkv, int heads) => new LinearAttentionOperation(heads).Apply(qkv);

    /// <summary>Whether a convolution with a 4 x 4 kernel and stride 2 is faster if it is computed with a 2 x 2 kernel over blocks of 2 x 2 pixels.</summary>
    /// <param name="x">(B, F, H, W, I), in the compute type.</param>
    public static bool CanConvolveBlocks(Tensor x, long outputs)
    {
        var (height, width) = (x.shape[2] / 2, x.shape[3] / 2);
        return CanRunOn(x) && x.dtype == ScalarType.Float32 && x.shape[2] % 2 == 0 && x.shape[3] % 2 == 0
            && x.shape[4] % VectorWidth == 0 && 4 * x.shape[4] <= WinogradOperation.MaxInputsForTwoTaps && outputs % VectorWidth == 0
            && WinogradOperation.FillsTiles(height, width, taps: 2);
    }

    public static bool CanConvolve(Tensor x, Tensor weight, long stride, long padding) =>
        CanRunOn(x) && WinogradOperation.CanRun(x, weight, stride, padding);

    /// <summary>Computes a convolution with a 3 x 3 or 2 x 2 kernel, frame by frame.</summary>
    /// <param name="x">(B, F, H, W, I), in the compute type.</param>
    /// <param name="weight">(O, I, k, k) float32.</param>
    /// <returns>(B, F, H', W', O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long padding) =>
        new WinogradOperation(padding).Apply(x, weight, bias);

    /// <param name="weight">(O, I), or (O, ...) with I values per output.</param>
    public static bool CanMultiply(Tensor x, Tensor weight)
    {
        var (outputs, inputs) = (weight.shape[0], x.shape[^1]);
        return CanRunOn(x) && (x.dtype == ScalarType.Float32 || KernelLibrary.Instance.MultipliesBFloat16) && outputs % VectorWidth == 0
            && inputs % VectorWidth == 0 && x.numel() * outputs >= FewestProducts && !IsOfIntel;
    }

    /// <summary>Computes x Wᵀ + b over the last dimension.</summary>
    /// <param name="x">(..., I), I a multiple of 16; bfloat16 only if the processor multiplies it.</param>
    /// <param name="weight">(O, I) float32, or (O, ...) with I values per output, O a multiple of 16.</param>
    /// <param name="bias">(O) float32; <c>null</c> for none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor? bias) => new LinearOperation().Apply(x, weight, bias);

    /// <summary>Whether the weights are fixed and there are so few rows that reading the weights takes most of the time.</summary>
    public static bool CanMultiplySmallBatch(Tensor x) =>
        Precision.HasFixedWeights && !is_grad_enabled() && CanRunOn(x) && x.numel() > 0 && x.numel() <= SmallBatchLinear.MaxRows * x.shape[^1];

    /// <summary>Computes x Wᵀ + b for at most eight rows, without gradients.</summary>
    /// <param name="x">(..., I).</param>
    /// <param name="weight">(O, I), or (O, ...) with I values per output, float32 or bfloat16.</param>
    /// <param name="bias">(O) float32; <c>null</c> for none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor MultiplySmallBatch(Tensor x, Tensor weight, Tensor? bias) => SmallBatchLinear.Multiply(x, weight, bias);

    public static bool CanNorm(Tensor x) => CanRunOn(x) && x.shape[^1] % VectorWidth == 0 && x.numel() > 0;

    /// <summary>Computes a layer norm over the last dimension, with a gain (ε = 1e-5).</summary>
    /// <param name="x">(..., C) float32, C a multiple of 16.</param>
    /// <param name="gain">C values.</param>
    /// <returns>Like <paramref name="x"/>, in the compute type.</returns>
    public static Tensor LayerNorm(Tensor x, Tensor gain) => new LayerNormOperation(Precision.IsBFloat16).Apply(x, gain);

    /// <summary>Computes norm(x) · (1 + scale) + shift, with a layer norm over the last dimension (ε = 1e-6).</summary>
    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="shift">(B, C) float32.</param>
    /// <param name="scale">(B, C) float32.</param>
    /// <returns>Like <paramref name="x"/>, in the compute type.</returns>
    public static Tensor ModulatedNorm(Tensor x, Tensor shift, Tensor scale) => new ModulatedNormOperation(Precision.IsBFloat16).Apply(x, shift, scale);

    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="gate">(B, C) float32.</param>
    /// <param name="y">(B, ..., C).</param>
    public static Tensor Gate(Tensor x, Tensor gate, Tensor y) => new GateOperation().Apply(x, gate, y);

    public static Tensor Gelu(Tensor x) => new GeluOperation().Apply(x);

    /// <summary>Computes silu(x / max(|x|, 1e-12) · √C γ (1 + scale) + shift) + skip, with the norm over the last dimension.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="gamma">γ, C float32 values.</param>
    /// <param name="modulation">(B, 1 or F, 2 C): scales, then shifts; <c>null</c> for none.</param>
    /// <param name="skip">Like <paramref name="x"/>, float32; <c>null</c> for none.</param>
    /// <returns>Like <paramref name="x"/>; float32 with a skip.</returns>
    public static Tensor NormSilu(Tensor x, Tensor gamma, Tensor? modulation, Tensor? skip) => new NormSiluOperation().Apply(x, gamma, modulation, skip);

    /// <summary>Computes act((x - mean) * inverse * gain + shift). The mean and inverse = 1 / √(variance + eps) are per frame and group of channels.</summary>
    /// <param name="x">(..., C), C a multiple of 16; frames are consecutive blocks of rows of equal size.</param>
    /// <param name="gain">(C) float32.</param>
    /// <param name="shift">(C) float32.</param>
    /// <param name="mean">(frames, groups) float32, an output.</param>
    /// <param name="inverse">Like <paramref name="mean"/>.</param>
    public static Tensor GroupNorm(Tensor x, Tensor gain, Tensor shift, Tensor mean, Tensor inverse, double eps, Activation activation, double slope) =>
        new GroupNormOperation(eps, activation, slope).Apply(x, gain, shift, mean, inverse);

    /// <summary>Returns the index of the nearest target for each vector; the lowest index if several are equally near.</summary>
    /// <param name="vectors">(N, D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(N) int64.</returns>
    public static Tensor FindNearest(Tensor vectors, Tensor targets) => NearestTargets.Find(vectors, targets);

    /// <param name="u">(B, T, E).</param>
    public static bool CanScan(Tensor u) => CanNorm(u) && u.dtype == ScalarType.Float32;

    /// <summary>Computes a selective scan: h_t = exp(Δ_t A) h_{t-1} + Δ_t B_t u_t; y_t = (C_t · h_t + D u_t) · silu(gate_t).</summary>
    /// <param name="u">(B, T, E) float32, E a multiple of 16.</param>
    /// <param name="delta">Like <paramref name="u"/>.</param>
    /// <param name="a">(E, N) float32.</param>
    /// <param name="b">(B, T, N) float32.</param>
    /// <param name="c">(B, T, N) float32.</param>
    /// <param name="d">(E) float32.</param>
    /// <param name="gate">(B, T, E); <c>null</c> for none.</param>
    /// <param name="state">(B, E, N) float32: h before the tokens, overwritten with h after them (no gradients); <c>null</c> for none.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor Scan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor? state) =>
        state is null ? new SelectiveScanOperation().Apply(u, delta, a, b, c, d, gate) : SelectiveScanOperation.Step(u, delta, a, b, c, d, gate, state);

    /// <summary>Computes a causal convolution with SiLU: silu(bias + Σ_j weight_j x_{t-3+j}), where x is zero before the first token.</summary>
    /// <param name="x">(B, T, E), E a multiple of 16.</param>
    /// <param name="weight">(E, 1, 4) float32.</param>
    /// <param name="bias">(E) float32.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor CausalConv(Tensor x, Tensor weight, Tensor bias) => new CausalConvOperation().Apply(x, weight, bias);

    public static bool CanComputeTokenLoss(Tensor logits) => CanRunOn(logits) && logits.numel() > 0;

    /// <summary>
    /// Computes the mean of -log softmax(logits) at the targets that are not ignored. If the logits require a gradient, the gradient overwrites them.
    /// </summary>
    /// <param name="logits">(N, V). Do not use the logits afterwards. The result can be differentiated only once.</param>
    /// <param name="targets">(N) int64.</param>
    /// <param name="ignored">(N) booleans that mark the targets to ignore; <c>null</c> to use all.</param>
    public static Tensor TokenLoss(Tensor logits, Tensor targets, Tensor? ignored) => new TokenLossOperation().Apply(logits, targets, ignored);

    /// <summary>Applies dropout: sets a random fraction of the values to zero and multiplies the others by 1 / (1 - share).</summary>
    /// <param name="share">Dropout probability, less than 1.</param>
    public static Tensor Dropout(Tensor x, double share, BatchRandom chance) =>
        new DropoutOperation(share, Seed(chance.Generator), chance.CountBefore(x.numel())).Apply(x);

    /// <summary>Runs one Adam step on flat float32 tensors of equal length: values ← (1 − decay) values − rate · mean / (√meanSquare + floor).</summary>
    /// <param name="decay">Weight decay times learning rate.</param>
    /// <param name="rate">Learning rate, including the bias corrections of both moments.</param>
    /// <param name="floor">Adam's ε, including the bias correction of the second moment.</param>
    public static void Adam(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double beta1, double beta2, double decay, double rate, double floor) =>
        OfAdam.Run(
            [values, gradients, mean, meanSquare], NativeKernel.Bits(beta1), NativeKernel.Bits(beta2), NativeKernel.Bits(decay), NativeKernel.Bits(rate),
            NativeKernel.Bits(floor));

    /// <summary>
    /// Computes the gradients of a scalar. For weights that are views of <paramref name="values"/>, the gradient may be overwritten instead of accumulated.
    /// </summary>
    /// <param name="offsets">Offsets of the weights in <paramref name="values"/>.</param>
    /// <returns>The offsets at which <paramref name="gradients"/> was overwritten.</returns>
    public static HashSet<long> Backward(Tensor loss, Tensor values, Tensor gradients, IEnumerable<long> offsets)
    {
        HashSet<long> written = [];
        KernelOperation.RunBackward(() =>
        {
            if (CanRunOn(values))
            {
                written = DirectGradients.Write(values, gradients, offsets, () => loss.backward());
            }
            else
            {
                loss.backward();
            }
        });
        return written;
    }

    private static long Seed(Generator chance)
    {
        using var drawn = randint(0, long.MaxValue, [1], generator: chance);
        return drawn.item<long>();
    }
}
