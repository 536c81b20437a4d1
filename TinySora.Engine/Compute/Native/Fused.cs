using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute;

/// <summary>The kernels' library, to be called only where <see cref="KernelLibrary"/> has it; CPU only, float32 or bfloat16, with gradients.</summary>
internal static partial class Fused
{
    /// <summary>Softmax attention of the queries with the same A and M to the keys with these.</summary>
    /// <param name="q">(A, M, L, h, d), d a multiple of 8; without keys (A, M, L, 3, h, d), queries, keys and values.</param>
    /// <param name="k">(A, M, S, h, d).</param>
    /// <param name="v">Like <paramref name="k"/>.</param>
    /// <param name="bias">(h, L, S), added to the logits.</param>
    /// <param name="absent">(A, S) booleans: keys at which nobody looks.</param>
    /// <param name="dropped">The share of the weights that are dropped, below one; the others grow.</param>
    /// <param name="seed">Of which.</param>
    /// <param name="before">Entries of the first axis that are elsewhere, and come before those of <paramref name="q"/>.</param>
    /// <returns>(A, M, L, h, d), its axes in memory in the order of those of <paramref name="q"/>, in its type.</returns>
    public static Tensor Attention(
        Tensor q, Tensor? k, Tensor? v, Tensor? bias, Tensor? absent, bool isCausal, double dropped, long seed, long before) => Result(
        Native.ts_attention(q.Handle, k?.Handle ?? 0, v?.Handle ?? 0, bias?.Handle ?? 0, absent?.Handle ?? 0, isCausal ? 1 : 0, dropped, seed, before),
        q, k, v, bias, absent);

    /// <summary>Softmax attention of each position to itself in the other frames, with rotary embedding and a bias.</summary>
    /// <param name="qkv">(A, T, M, 3 h d): queries, keys and values of h heads of width d, for T frames of M positions.</param>
    /// <param name="turns">
    /// (T, d) float32, d a multiple of 16: cosine and sine by turns, both times d^(-1/4), by which frame t turns a pair of features.
    /// </param>
    /// <param name="bias">(h, T, T) float32, added to the logits.</param>
    /// <returns>(A, T, M, h d), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor TemporalAttention(Tensor qkv, Tensor turns, Tensor bias) =>
        Result(Native.ts_temporal_attention(qkv.Handle, turns.Handle, bias.Handle), qkv, turns, bias);

    /// <summary>Attention over positions at linear cost: softmax(q, features) (softmax(k, positions)ᵀ v / √32).</summary>
    /// <param name="qkv">(N, n, 3 h 32): queries, keys and values of h heads of width 32, for N frames of n positions.</param>
    /// <returns>(N, n, h 32), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor LinearAttention(Tensor qkv, int heads) =>
        Result(Native.ts_linear_attention(qkv.Handle, heads), qkv);

    /// <summary>Whether <see cref="Linear"/> and any <see cref="Convolution"/> are to be had: oneDNN, and for bfloat16 a processor with AVX-512.</summary>
    public static bool HasOneDnn(bool bfloat16) => Native.ts_has_onednn(bfloat16 ? 1 : 0) != 0;

    /// <summary>Whether this <see cref="Convolution"/> is to be had without oneDNN, too: 3 x 3 taps, by Winograd's algorithm.</summary>
    public static bool SuitsWinograd(Tensor x, Tensor weight, long stride, long padding) =>
        Answer(Native.ts_suits_winograd(x.Handle, weight.Handle, stride, padding), x, weight);

    /// <summary>Convolution; with 3 x 3 taps by Winograd's algorithm where it is faster.</summary>
    /// <param name="x">(N, H, W, I).</param>
    /// <param name="weight">(O, I, h, w) float32.</param>
    /// <param name="bias">(O) float32.</param>
    /// <returns>(N, H', W', O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Convolution(Tensor x, Tensor weight, Tensor bias, long stride, long padding) =>
        Result(Native.ts_convolution(x.Handle, weight.Handle, bias.Handle, stride, padding), x, weight, bias);

    /// <summary>Whether <see cref="Linear"/> is to be had, and is the faster way.</summary>
    /// <param name="weight">(O, I), or with dimensions of size 1 after them.</param>
    public static bool SuitsLinear(Tensor x, Tensor weight) => Answer(Native.ts_suits_linear(x.Handle, weight.Handle), x, weight);

    /// <summary>x Wᵀ + b over the last dimension.</summary>
    /// <param name="x">(..., I).</param>
    /// <param name="weight">(O, I) float32.</param>
    /// <param name="bias">(O) float32; null: none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) =>
        Result(Native.ts_linear(x.Handle, weight.Handle, bias?.Handle ?? 0), x, weight, bias);

    /// <summary>x Wᵀ + b of at most eight rows, without gradients.</summary>
    /// <param name="x">(..., I).</param>
    /// <param name="weight">(O, I), float32 or bfloat16.</param>
    /// <param name="bias">(O) float32; null: none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor FewRows(Tensor x, Tensor weight, Tensor? bias) =>
        Result(Native.ts_few_rows(x.Handle, weight.Handle, bias?.Handle ?? 0), x, weight, bias);

    /// <summary>
    /// Until the result is disposed, on the same thread, the weights of linear layers and convolutions do not change: they are
    /// rearranged for the processor once.
    /// </summary>
    public static IDisposable FixedWeights() => new FixedWeightsScope();

    /// <summary>
    /// Runs a backward pass. Where the weight of a <see cref="Linear"/> or <see cref="Convolution"/> is a view of
    /// <paramref name="values"/>, its gradient is written to the same place in <paramref name="gradients"/>, whatever was there,
    /// and autograd gets none; a second gradient of the same weight is autograd's.
    /// </summary>
    /// <param name="values">(N) float32.</param>
    /// <param name="gradients">(N) float32.</param>
    /// <param name="offsets">Where weights begin.</param>
    /// <returns>The offsets whose gradients were written.</returns>
    public static HashSet<long> WriteGradients(Tensor values, Tensor gradients, IEnumerable<long> offsets, Action backward)
    {
        Native.Check(Native.ts_direct_gradients_begin(values.Handle, gradients.Handle));
        try
        {
            backward();
            return [.. offsets.Where(offset => Native.ts_is_gradient_written(offset) != 0)];
        }
        finally
        {
            Native.ts_direct_gradients_end();
            GC.KeepAlive(values);
            GC.KeepAlive(gradients);
        }
    }

    /// <summary>One step of Adam over flat float32 tensors of one length: values ← (1 − decay) values − rate · mean / (√meanSquare + floor).</summary>
    /// <param name="decay">Weight decay times learning rate.</param>
    /// <param name="rate">The learning rate, with the bias corrections of both moments.</param>
    /// <param name="floor">Adam's ε, with the bias correction of the second moment.</param>
    public static void Adam(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double beta1, double beta2, double decay, double rate, double floor)
    {
        Native.Check(Native.ts_adam(
            values.Handle, gradients.Handle, mean.Handle, meanSquare.Handle, beta1, beta2, decay, rate, floor));
        GC.KeepAlive(values);
        GC.KeepAlive(gradients);
        GC.KeepAlive(mean);
        GC.KeepAlive(meanSquare);
    }

    /// <summary>Layer norm over the last dimension, with a gain and ε = 1e-5.</summary>
    /// <param name="x">(..., C) float32, C a multiple of 16.</param>
    /// <param name="gain">(C).</param>
    /// <param name="narrow">Whether the result is bfloat16.</param>
    public static Tensor LayerNorm(Tensor x, Tensor gain, bool narrow) =>
        Result(Native.ts_layer_norm(x.Handle, gain.Handle, narrow ? 1 : 0), x, gain);

    /// <summary>Layer norm over the last dimension, ε = 1e-6, times (1 + scale), plus shift.</summary>
    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="shift">(B, C) float32.</param>
    /// <param name="scale">(B, C) float32.</param>
    /// <param name="narrow">Whether the result is bfloat16.</param>
    public static Tensor ModulatedNorm(Tensor x, Tensor shift, Tensor scale, bool narrow) =>
        Result(Native.ts_modulated_norm(x.Handle, shift.Handle, scale.Handle, narrow ? 1 : 0), x, shift, scale);

    /// <summary>x + gate · y.</summary>
    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="gate">(B, C) float32.</param>
    /// <param name="y">(B, ..., C).</param>
    public static Tensor Gate(Tensor x, Tensor gate, Tensor y) => Result(Native.ts_gate(x.Handle, gate.Handle, y.Handle), x, gate, y);

    /// <summary>GELU in the approximate form, of tanh.</summary>
    public static Tensor Gelu(Tensor x) => Result(Native.ts_gelu(x.Handle), x);

    /// <summary>silu(x / max(|x|, 1e-12) * gain + shift), the norm being over the last dimension.</summary>
    /// <param name="x">(..., C), C a multiple of 16.</param>
    /// <param name="gain">(G, C): consecutive rows of x in G groups of equal size share one.</param>
    /// <param name="shift">(G, C).</param>
    public static Tensor NormSilu(Tensor x, Tensor gain, Tensor shift) =>
        Result(Native.ts_norm_silu(x.Handle, gain.Handle, shift.Handle), x, gain, shift);

    /// <summary>act((x - mean) * inverse * gain + shift), where mean and 1 / √(variance + eps) are those of each group of channels of each frame.</summary>
    /// <param name="x">(..., C), C a multiple of 16: consecutive rows of x are in frames of equal size.</param>
    /// <param name="gain">(C) float32.</param>
    /// <param name="shift">(C) float32.</param>
    /// <param name="mean">(frames, groups) float32, is written to.</param>
    /// <param name="inverse">Like <paramref name="mean"/>.</param>
    public static Tensor GroupNorm(Tensor x, Tensor gain, Tensor shift, Tensor mean, Tensor inverse, double eps, Activation activation, double slope) =>
        Result(
            Native.ts_group_norm(x.Handle, gain.Handle, shift.Handle, mean.Handle, inverse.Handle, eps, (long)activation, slope),
            x, gain, shift, mean, inverse);

    /// <summary>For each vector the index of the target at the least distance, the first of equal ones.</summary>
    /// <param name="vectors">(N, D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(N) int64.</returns>
    public static Tensor Nearest(Tensor vectors, Tensor targets) => Result(Native.ts_nearest(vectors.Handle, targets.Handle), vectors, targets);

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
    public static Tensor SelectiveScan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor? state) => Result(
        Native.ts_selective_scan(u.Handle, delta.Handle, a.Handle, b.Handle, c.Handle, d.Handle, gate?.Handle ?? 0, state?.Handle ?? 0),
        u, delta, a, b, c, d, gate, state);

    /// <summary>silu(bias + Σ_j weight_j x_{t-3+j}), x being zero before the first token.</summary>
    /// <param name="x">(B, T, E), E a multiple of 16.</param>
    /// <param name="weight">(E, 1, 4) float32.</param>
    /// <param name="bias">(E) float32.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor CausalConv(Tensor x, Tensor weight, Tensor bias) =>
        Result(Native.ts_causal_conv(x.Handle, weight.Handle, bias.Handle), x, weight, bias);

    /// <summary>The mean of -log softmax(logits) at the targets that count, whose gradient is written over the logits where they have one.</summary>
    /// <param name="logits">(N, V), which nobody else may use from then on; the result may be differentiated once.</param>
    /// <param name="targets">(N) int64.</param>
    /// <param name="ignored">(N) booleans: those that do not count; null: all do.</param>
    public static Tensor TokenLoss(Tensor logits, Tensor targets, Tensor? ignored) =>
        Result(Native.ts_token_loss(logits.Handle, targets.Handle, ignored?.Handle ?? 0), logits, targets, ignored);

    /// <summary>x with a share of its numbers zero, and the others larger by 1 / (1 - share).</summary>
    /// <param name="share">Below one.</param>
    /// <param name="seed">Of which.</param>
    /// <param name="before">Numbers that are elsewhere, and come before those of <paramref name="x"/>.</param>
    public static Tensor Dropout(Tensor x, double share, long seed, long before) => Result(Native.ts_dropout(x.Handle, share, seed, before), x);

    /// <summary>Tensors that are large get memory from now on that is kept when they are disposed, for the next ones.</summary>
    public static void KeepMemory() => Native.ts_memory_keep();

    /// <summary>Returns to the system what no tensor uses now. It also happens by itself when most is unused.</summary>
    public static void ReleaseMemory() => Native.ts_memory_release();

    /// <summary>What a kernel answers to a question about tensors, which must live until it has.</summary>
    private static bool Answer(int yes, Tensor x, Tensor weight)
    {
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        return yes != 0;
    }

    /// <param name="operands">What the kernel was given; not to be collected before it is done.</param>
    private static Tensor Result(nint handle, params Tensor?[] operands)
    {
        var result = handle != 0 ? Tensor.UnsafeCreateTensor(handle) : throw Native.Failure();
        GC.KeepAlive(operands);
        return result;
    }

    private sealed class FixedWeightsScope : IDisposable
    {
        public FixedWeightsScope() => Native.ts_fixed_weights(1);

        public void Dispose() => Native.ts_fixed_weights(0);
    }

    /// <summary>The functions of native/kernels.cpp and native/memory.cpp.</summary>
    private static partial class Native
    {
        private const string Library = KernelLibrary.Name;

        [LibraryImport(Library)] private static partial nint ts_error();

        [LibraryImport(Library)]
        internal static partial nint ts_attention(nint q, nint k, nint v, nint bias, nint absent, int isCausal, double dropped, long seed, long before);

        [LibraryImport(Library)] internal static partial nint ts_temporal_attention(nint qkv, nint turns, nint bias);
        [LibraryImport(Library)] internal static partial nint ts_linear_attention(nint qkv, long heads);
        [LibraryImport(Library)] internal static partial nint ts_convolution(nint x, nint weight, nint bias, long stride, long padding);
        [LibraryImport(Library)] internal static partial nint ts_linear(nint x, nint weight, nint bias);
        [LibraryImport(Library)] internal static partial nint ts_few_rows(nint x, nint weight, nint bias);
        [LibraryImport(Library)] internal static partial int ts_suits_linear(nint x, nint weight);
        [LibraryImport(Library)] internal static partial int ts_has_onednn(int narrow);
        [LibraryImport(Library)] internal static partial int ts_suits_winograd(nint x, nint weight, long stride, long padding);
        [LibraryImport(Library)] internal static partial int ts_direct_gradients_begin(nint values, nint gradients);
        [LibraryImport(Library)] internal static partial void ts_direct_gradients_end();
        [LibraryImport(Library)] internal static partial int ts_is_gradient_written(long offset);
        [LibraryImport(Library)] internal static partial void ts_fixed_weights(int enter);
        [LibraryImport(Library)] internal static partial nint ts_layer_norm(nint x, nint gain, int narrow);
        [LibraryImport(Library)] internal static partial nint ts_modulated_norm(nint x, nint shift, nint scale, int narrow);
        [LibraryImport(Library)] internal static partial nint ts_gate(nint x, nint gate, nint y);
        [LibraryImport(Library)] internal static partial nint ts_gelu(nint x);
        [LibraryImport(Library)] internal static partial nint ts_nearest(nint vectors, nint targets);
        [LibraryImport(Library)] internal static partial nint ts_causal_conv(nint x, nint weight, nint bias);
        [LibraryImport(Library)] internal static partial nint ts_token_loss(nint logits, nint targets, nint ignored);
        [LibraryImport(Library)] internal static partial nint ts_dropout(nint x, double share, long seed, long before);
        [LibraryImport(Library)] internal static partial nint ts_norm_silu(nint x, nint gain, nint shift);

        [LibraryImport(Library)]
        internal static partial nint ts_group_norm(nint x, nint gain, nint shift, nint mean, nint inverse, double eps, long activation, double slope);

        [LibraryImport(Library)]
        internal static partial nint ts_selective_scan(nint u, nint delta, nint a, nint b, nint c, nint d, nint gate, nint state);

        [LibraryImport(Library)]
        internal static partial int ts_adam(
            nint values, nint gradients, nint mean, nint meanSquare, double beta1, double beta2, double decay, double rate, double floor);

        [LibraryImport(Library)] internal static partial void ts_memory_keep();
        [LibraryImport(Library)] internal static partial void ts_memory_release();

        /// <summary>What the last call on this thread left behind, as an exception.</summary>
        internal static InvalidOperationException Failure() => new(Marshal.PtrToStringUTF8(ts_error()));

        internal static void Check(int status)
        {
            if (status < 0)
            {
                throw Failure();
            }
        }
    }
}
