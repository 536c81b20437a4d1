using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>
/// The fused kernels, each with the question whether it can take a tensor: float32 or bfloat16 on the CPU, where the library is there. Where it
/// cannot, the layer that asks composes the same of libtorch's operators.
/// </summary>
internal static class Kernels
{
    private static readonly NativeKernel OfAdam = new("adam");
    private static bool s_enabled = true;

    /// <summary>Whether the kernels are used; switched off in tests that compare a kernel with the operators that it replaces.</summary>
    public static bool Enabled
    {
        get => s_enabled && KernelLibrary.Found.Problem is null;
        set => s_enabled = value;
    }

    /// <summary>Float32 numbers in the widest vector register; some kernels work on rows of whole vectors.</summary>
    public const long VectorWidth = 16;

    /// <summary>The numbers in half a vector, to multiples of which attention pads its rows.</summary>
    private const long HalfVectorWidth = 8;

    /// <summary>The fewest products for which rearranging a convolution's weights pays.</summary>
    private const long FewestProducts = 1_500_000;

    /// <summary>Whether this is an Intel processor, on which libtorch's products, Intel's own, are at their best.</summary>
    private static readonly bool IsOfIntel = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, 0x756E6547, 0x6C65746E, 0x49656E69); // "Genu", "ntel", "ineI"

    /// <summary>Whether the kernels that ask for nothing else can take a tensor.</summary>
    public static bool CanRunOn(Tensor x) =>
        Enabled && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <param name="v">(A, M, S, h, d), which has the type of the queries and keys.</param>
    public static bool CanAttend(Tensor v) => CanRunOn(v) && v.shape[^1] % HalfVectorWidth == 0 && v.numel() > 0;

    /// <summary>Softmax attention: queries attend to the keys with the same indices A and M.</summary>
    /// <param name="q">(A, M, L, h, d), d a multiple of 8; without keys (A, M, L, 3, h, d), queries, keys and values.</param>
    /// <param name="k">(A, M, S, h, d).</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="bias">(h, L, S), added to the logits.</param>
    /// <param name="absent">(A, S) booleans: keys at which nobody looks.</param>
    /// <param name="dropped">The share of the weights that are dropped where there is chance, below one; the others grow.</param>
    /// <returns>(A, M, L, h, d), its axes in memory in the order of those of <paramref name="q"/>, in its type.</returns>
    public static Tensor Attend(Tensor q, Tensor? k, Tensor? v, Tensor? bias, Tensor? absent, bool isCausal, double dropped, BatchRandom? chance) =>
        chance is null ? AttentionOperation.Attend(q, k, v, bias, absent, isCausal, 0, 0, 0)
        : AttentionOperation.Attend(q, k, v, bias, absent, isCausal, dropped, Seed(chance.Generator), chance.Before(q.shape[0]));

    public static bool CanAttend(Tensor x, int headWidth) => CanRunOn(x) && headWidth % VectorWidth == 0;

    /// <summary>Softmax attention in time: each position attends to itself in the other frames, with rotary embedding and a bias.</summary>
    /// <param name="qkv">(A, T, M, 3 h d): queries, keys and values of h heads of width d, for T frames of M positions.</param>
    /// <param name="turns">
    /// (T, d) float32, d a multiple of 16: cosine and sine by turns, both times d^(-1/4), by which frame t turns a pair of features.
    /// </param>
    /// <param name="bias">(h, T, T) float32, added to the logits.</param>
    /// <returns>(A, T, M, h d), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor Attend(Tensor qkv, Tensor turns, Tensor bias) => new TemporalAttentionOperation().Apply(qkv, turns, bias);

    /// <summary>Linear attention over positions: softmax(q, features) (softmax(k, positions)ᵀ v / √32).</summary>
    /// <param name="qkv">(N, n, 3 h 32): queries, keys and values of h heads of width 32, for N frames of n positions.</param>
    /// <returns>(N, n, h 32), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor AttendLinearly(Tensor qkv, int heads) => new LinearAttentionOperation(heads).Apply(qkv);

    /// <summary>Whether a convolution of 4 x 4 taps in steps of two is the faster one as 2 x 2 taps over blocks of 2 x 2 pixels.</summary>
    /// <param name="x">(B, F, H, W, I), in the type that products take.</param>
    public static bool CanConvolveBlocks(Tensor x, long outputs)
    {
        var (height, width) = (x.shape[2] / 2, x.shape[3] / 2);
        return CanRunOn(x) && x.dtype == ScalarType.Float32 && x.shape[2] % 2 == 0 && x.shape[3] % 2 == 0
            && x.shape[4] % VectorWidth == 0 && 4 * x.shape[4] <= WinogradOperation.MostInputsOfTwoTaps && outputs % VectorWidth == 0
            && WinogradOperation.FillsTiles(height, width, taps: 2);
    }

    public static bool CanConvolve(Tensor x, Tensor weight, long stride, long padding) =>
        CanRunOn(x) && WinogradOperation.Suits(x, weight, stride, padding);

    /// <summary>Convolution of 3 x 3 or 2 x 2 taps, frame by frame.</summary>
    /// <param name="x">(B, F, H, W, I), in the type that products take.</param>
    /// <param name="weight">(O, I, k, k) float32.</param>
    /// <returns>(B, F, H', W', O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long padding) =>
        new WinogradOperation(padding).Apply(x, weight, bias);

    /// <param name="weight">(O, I), or (O, ...) with as many numbers for each output.</param>
    public static bool CanMultiply(Tensor x, Tensor weight)
    {
        var (outputs, inputs) = (weight.shape[0], x.shape[^1]);
        return CanRunOn(x) && (x.dtype == ScalarType.Float32 || KernelLibrary.Found.MultipliesBFloat16) && outputs % VectorWidth == 0
            && inputs % VectorWidth == 0 && x.numel() * outputs >= FewestProducts && !IsOfIntel;
    }

    /// <summary>x Wᵀ + b over the last dimension.</summary>
    /// <param name="x">(..., I), I a multiple of 16; bfloat16 only where the processor multiplies it.</param>
    /// <param name="weight">(O, I) float32, or (O, ...) with as many numbers for each output, O a multiple of 16.</param>
    /// <param name="bias">(O) float32; null: none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor? bias) => new LinearOperation().Apply(x, weight, bias);

    /// <summary>Whether there are so few rows that reading the weights takes the time, and the weights are stored in few bytes.</summary>
    public static bool CanMultiplyFew(Tensor x) =>
        Precision.IsFixed && !is_grad_enabled() && CanRunOn(x) && x.numel() > 0 && x.numel() <= FewRows.Most * x.shape[^1];

    /// <summary>x Wᵀ + b of at most eight rows, without gradients.</summary>
    /// <param name="x">(..., I).</param>
    /// <param name="weight">(O, I), or (O, ...) with as many numbers for each output, float32 or bfloat16.</param>
    /// <param name="bias">(O) float32; null: none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor MultiplyFew(Tensor x, Tensor weight, Tensor? bias) => FewRows.Multiply(x, weight, bias);

    public static bool CanNorm(Tensor x) => CanRunOn(x) && x.shape[^1] % VectorWidth == 0 && x.numel() > 0;

    /// <summary>Layer norm over the last dimension, with a gain and ε = 1e-5.</summary>
    /// <param name="x">(..., C) float32, C a multiple of 16.</param>
    /// <param name="gain">C numbers.</param>
    /// <returns>Like <paramref name="x"/>, in the type that products take.</returns>
    public static Tensor LayerNorm(Tensor x, Tensor gain) => new LayerNormOperation(Precision.IsBFloat16).Apply(x, gain);

    /// <summary>Layer norm over the last dimension, ε = 1e-6, times (1 + scale), plus shift.</summary>
    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="shift">(B, C) float32.</param>
    /// <param name="scale">(B, C) float32.</param>
    /// <returns>Like <paramref name="x"/>, in the type that products take.</returns>
    public static Tensor ModulatedNorm(Tensor x, Tensor shift, Tensor scale) => new ModulatedNormOperation(Precision.IsBFloat16).Apply(x, shift, scale);

    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="gate">(B, C) float32.</param>
    /// <param name="y">(B, ..., C).</param>
    public static Tensor Gate(Tensor x, Tensor gate, Tensor y) => new GateOperation().Apply(x, gate, y);

    public static Tensor Gelu(Tensor x) => new GeluOperation().Apply(x);

    /// <summary>silu(x / max(|x|, 1e-12) · √C γ (1 + scale) + shift) + skip, the norm being over the last dimension.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="gamma">γ, C numbers in float32.</param>
    /// <param name="modulation">(B, 1 or F, 2 C): scales, then shifts; null: there are none.</param>
    /// <param name="skip">Like <paramref name="x"/>, float32; null: there is none.</param>
    /// <returns>Like <paramref name="x"/>; float32 where there is a skip.</returns>
    public static Tensor NormSilu(Tensor x, Tensor gamma, Tensor? modulation, Tensor? skip) => new NormSiluOperation().Apply(x, gamma, modulation, skip);

    /// <summary>act((x - mean) * inverse * gain + shift), where mean and 1 / √(variance + eps) are those of each group of channels of each frame.</summary>
    /// <param name="x">(..., C), C a multiple of 16: consecutive rows of x are in frames of equal size.</param>
    /// <param name="gain">(C) float32.</param>
    /// <param name="shift">(C) float32.</param>
    /// <param name="mean">(frames, groups) float32, is written to.</param>
    /// <param name="inverse">Like <paramref name="mean"/>.</param>
    public static Tensor GroupNorm(Tensor x, Tensor gain, Tensor shift, Tensor mean, Tensor inverse, double eps, Activation activation, double slope) =>
        new GroupNormOperation(eps, activation, slope).Apply(x, gain, shift, mean, inverse);

    /// <summary>The index of the nearest target for each vector; the first of equally near ones.</summary>
    /// <param name="vectors">(N, D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(N) int64.</returns>
    public static Tensor Nearest(Tensor vectors, Tensor targets) => NearestTargets.Find(vectors, targets);

    /// <param name="u">(B, T, E).</param>
    public static bool CanScan(Tensor u) => CanNorm(u) && u.dtype == ScalarType.Float32;

    /// <summary>h_t = exp(Δ_t A) h_{t-1} + Δ_t B_t u_t; y_t = (C_t · h_t + D u_t) · silu(gate_t).</summary>
    /// <param name="u">(B, T, E) float32, E a multiple of 16.</param>
    /// <param name="delta">Like <paramref name="u"/>.</param>
    /// <param name="a">(E, N) float32.</param>
    /// <param name="b">(B, T, N) float32.</param>
    /// <param name="c">(B, T, N) float32.</param>
    /// <param name="d">(E) float32.</param>
    /// <param name="gate">(B, T, E); null: none.</param>
    /// <param name="state">(B, E, N) float32: h before the tokens, which becomes that after them; nothing gets a gradient. Null: none.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor Scan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor? state) =>
        state is null ? new SelectiveScanOperation().Apply(u, delta, a, b, c, d, gate) : SelectiveScanOperation.Continue(u, delta, a, b, c, d, gate, state);

    /// <summary>silu(bias + Σ_j weight_j x_{t-3+j}), x being zero before the first token.</summary>
    /// <param name="x">(B, T, E), E a multiple of 16.</param>
    /// <param name="weight">(E, 1, 4) float32.</param>
    /// <param name="bias">(E) float32.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor CausalConv(Tensor x, Tensor weight, Tensor bias) => new CausalConvOperation().Apply(x, weight, bias);

    public static bool CanLose(Tensor logits) => CanRunOn(logits) && logits.numel() > 0;

    /// <summary>The mean of -log softmax(logits) at the targets that count, whose gradient is written over the logits where they have one.</summary>
    /// <param name="logits">(N, V), which nobody else may use from then on; the result may be differentiated once.</param>
    /// <param name="targets">(N) int64.</param>
    /// <param name="ignored">(N) booleans: those that do not count; null: all do.</param>
    public static Tensor TokenLoss(Tensor logits, Tensor targets, Tensor? ignored) => new TokenLossOperation().Apply(logits, targets, ignored);

    /// <summary>Dropout: x with a share of its numbers zero, and the others larger by 1 / (1 - share).</summary>
    /// <param name="share">Below one.</param>
    public static Tensor Dropout(Tensor x, double share, BatchRandom chance) =>
        new DropoutOperation(share, Seed(chance.Generator), chance.Before(x.numel())).Apply(x);

    /// <summary>One step of Adam over flat float32 tensors of one length: values ← (1 − decay) values − rate · mean / (√meanSquare + floor).</summary>
    /// <param name="decay">Weight decay times learning rate.</param>
    /// <param name="rate">The learning rate, with the bias corrections of both moments.</param>
    /// <param name="floor">Adam's ε, with the bias correction of the second moment.</param>
    public static void Adam(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double beta1, double beta2, double decay, double rate, double floor) =>
        OfAdam.Run(
            [values, gradients, mean, meanSquare], NativeKernel.Bits(beta1), NativeKernel.Bits(beta2), NativeKernel.Bits(decay), NativeKernel.Bits(rate),
            NativeKernel.Bits(floor));

    /// <summary>
    /// Computes the gradients of a scalar; those of weights that are views of <paramref name="values"/> may be written instead of added.
    /// </summary>
    /// <param name="offsets">Where weights begin.</param>
    /// <returns>The offsets of those that were written to the same place in <paramref name="gradients"/>, whatever was there.</returns>
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
