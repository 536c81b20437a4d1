using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>What is computed in one kernel, where the library is there, and stock operators need many; the layers hold the composition.</summary>
internal static class Kernels
{
    private static bool s_enabled = true;

    /// <summary>Whether there are kernels; set off in tests that compare one with the composition it replaces.</summary>
    public static bool Enabled
    {
        get => s_enabled && KernelLibrary.Found.Problem is null;
        set => s_enabled = value;
    }

    /// <summary>The kernels work on rows of whole vectors.</summary>
    private const long VectorWidth = 16;

    /// <summary>Attention fills up its rows to whole vectors from this.</summary>
    private const long HalfVectorWidth = 8;

    /// <summary>Arranging the weights has to pay.</summary>
    private const long FewestProducts = 1_500_000;

    /// <summary>libtorch's products are Intel's own, which are at their best there.</summary>
    private static readonly bool IsOfIntel = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, 0x756E6547, 0x6C65746E, 0x49656E69); // "Genu", "ntel", "ineI"

    /// <summary>As many sums as the kernel has room for (few_rows.cpp).</summary>
    private const long MostFewRows = 8;

    /// <param name="v">(A, M, S, h, d), which has the type of the queries and keys.</param>
    public static bool CanAttend(Tensor v) => CanRunOn(v) && v.shape[^1] % HalfVectorWidth == 0 && v.numel() > 0;

    /// <param name="dropped">The share of the weights that become zero where there is chance.</param>
    /// <inheritdoc cref="Fused.Attention"/>
    public static Tensor Attend(Tensor q, Tensor? k, Tensor? v, Tensor? bias, Tensor? absent, bool isCausal, double dropped, BatchRandom? chance) =>
        chance is null ? Fused.Attention(q, k, v, bias, absent, isCausal, 0, 0, 0)
        : Fused.Attention(q, k, v, bias, absent, isCausal, dropped, Seed(chance.Generator), chance.Before(q.shape[0]));

    public static bool CanAttend(Tensor x, int headWidth) => CanRunOn(x) && headWidth % VectorWidth == 0;

    /// <param name="qkv">(A, T, M, 3·h·d).</param>
    /// <param name="turns">(T, d).</param>
    /// <param name="bias">(h, T, T), which all clips share.</param>
    /// <returns>(A, T, M, h·d).</returns>
    public static Tensor Attend(Tensor qkv, Tensor turns, Tensor bias) => Fused.TemporalAttention(qkv, turns, bias);

    public static bool CanAttendLinearly(Tensor x) => CanRunOn(x);

    /// <param name="qkv">(N, n, 3·h·32).</param>
    /// <returns>(N, n, h·32).</returns>
    public static Tensor AttendLinearly(Tensor qkv, int heads) => Fused.LinearAttention(qkv, heads);

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
        CanRunOn(x) && Fused.SuitsWinograd(x.flatten(0, 1), weight, stride, padding);

    /// <param name="x">(B, F, H, W, I), in the type that products take.</param>
    /// <param name="weight">(O, I, k, k) float32.</param>
    /// <returns>(B, F, H', W', O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long padding) =>
        Fused.Convolution(x.flatten(0, 1), weight, bias, padding).unflatten(0, x.shape[0], x.shape[1]);

    /// <param name="weight">(O, I), or with dimensions of size 1 after them.</param>
    public static bool CanMultiply(Tensor x, Tensor weight)
    {
        var (outputs, inputs) = (weight.shape[0], weight.shape[1]);
        return CanRunOn(x) && (x.dtype == ScalarType.Float32 || KernelLibrary.Found.MultipliesBFloat16) && outputs % VectorWidth == 0
            && inputs % VectorWidth == 0 && x.numel() * outputs >= FewestProducts && !IsOfIntel;
    }

    /// <inheritdoc cref="Fused.Linear"/>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor? bias) => Fused.Linear(x, weight, bias);

    /// <summary>Whether there are so few rows that reading the weights is what takes time, and the weights are there to be read in the fewest bytes.</summary>
    public static bool CanMultiplyFew(Tensor x) =>
        Precision.IsFixed && !is_grad_enabled() && CanRunOn(x) && x.numel() > 0 && x.numel() <= MostFewRows * x.shape[^1];

    /// <inheritdoc cref="Fused.FewRows"/>
    public static Tensor MultiplyFew(Tensor x, Tensor weight, Tensor? bias) => Fused.FewRows(x, weight, bias);

    public static bool CanNorm(Tensor x) => CanRunOn(x) && x.shape[^1] % VectorWidth == 0 && x.numel() > 0;

    /// <returns>In the type that products take.</returns>
    public static Tensor LayerNorm(Tensor x, Tensor gain) => Fused.LayerNorm(x, gain, Precision.IsBFloat16);

    /// <param name="shift">(B, C) float32.</param>
    /// <param name="scale">(B, C) float32.</param>
    /// <returns>In the type that products take.</returns>
    public static Tensor ModulatedNorm(Tensor x, Tensor shift, Tensor scale) => Fused.ModulatedNorm(x, shift, scale, Precision.IsBFloat16);

    /// <inheritdoc cref="Fused.Gate"/>
    public static Tensor Gate(Tensor x, Tensor gate, Tensor y) => Fused.Gate(x, gate, y);

    public static bool CanActivate(Tensor x) => CanRunOn(x);

    /// <inheritdoc cref="Fused.Gelu"/>
    public static Tensor Gelu(Tensor x) => Fused.Gelu(x);

    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="gain">(C), or (B, 1 or F, 1, 1, C).</param>
    /// <param name="shift">Shaped like <paramref name="gain"/>.</param>
    public static Tensor NormSilu(Tensor x, Tensor gain, Tensor? shift)
    {
        gain = gain.reshape(-1, x.shape[^1]);
        return Fused.NormSilu(x, gain, shift is null ? zeros_like(gain) : shift.reshape(gain.shape));
    }

    /// <inheritdoc cref="Fused.GroupNorm"/>
    public static Tensor GroupNorm(Tensor x, Tensor gain, Tensor shift, Tensor mean, Tensor inverse, double eps, Activation activation, double slope) =>
        Fused.GroupNorm(x, gain, shift, mean, inverse, eps, activation, slope);

    public static bool CanFindNearest(Tensor vectors) => CanRunOn(vectors);

    /// <inheritdoc cref="Fused.Nearest"/>
    public static Tensor Nearest(Tensor vectors, Tensor targets) => Fused.Nearest(vectors, targets);

    /// <param name="u">(B, T, E).</param>
    public static bool CanScan(Tensor u) => CanNorm(u) && u.dtype == ScalarType.Float32;

    /// <inheritdoc cref="Fused.SelectiveScan"/>
    public static Tensor Scan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor? state) =>
        Fused.SelectiveScan(u, delta, a, b, c, d, gate, state);

    /// <inheritdoc cref="Fused.CausalConv"/>
    public static Tensor CausalConv(Tensor x, Tensor weight, Tensor bias) => Fused.CausalConv(x, weight, bias);

    public static bool CanLose(Tensor logits) => CanRunOn(logits) && logits.numel() > 0;

    /// <inheritdoc cref="Fused.TokenLoss"/>
    public static Tensor TokenLoss(Tensor logits, Tensor targets, Tensor? ignored) => Fused.TokenLoss(logits, targets, ignored);

    public static bool CanDrop(Tensor x) => CanRunOn(x);

    /// <inheritdoc cref="Fused.Dropout"/>
    public static Tensor Dropout(Tensor x, double share, BatchRandom chance) =>
        Fused.Dropout(x, share, Seed(chance.Generator), chance.Before(x.numel()));

    public static bool CanOptimize(Tensor values) => CanRunOn(values);

    /// <inheritdoc cref="Fused.Adam"/>
    public static void Adam(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double beta1, double beta2, double decay, double rate, double floor) =>
        Fused.Adam(values, gradients, mean, meanSquare, beta1, beta2, decay, rate, floor);

    /// <summary>Backward of a scalar; gradients of weights that are views of <paramref name="values"/> may be written, not added.</summary>
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

    private static bool CanRunOn(Tensor x) =>
        Enabled && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16;
}
