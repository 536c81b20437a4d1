using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>The kernels' library, to be called only where <see cref="KernelLibrary"/> has it; CPU only, float32 or bfloat16, with gradients.</summary>
internal static class Fused
{
    /// <summary>So many, and to so many keys each, are not worth arranging all of these for.</summary>
    private const long FewQueries = 4;
    private const long ManyKeys = 8;

    /// <summary>Numbers in a register of the largest processors.</summary>
    private const long Vector = 16;

    private static readonly NativeKernel OfFewRows = new("few_rows");
    private static readonly NativeKernel OfNearest = new("nearest");
    private static readonly NativeKernel OfAdam = new("adam");

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
        Tensor q, Tensor? k, Tensor? v, Tensor? bias, Tensor? absent, bool isCausal, double dropped, long seed, long before)
    {
        var shape = q.shape;
        var (queries, keys, heads) = (shape[2], (k ?? q).shape[2], shape[^2]);
        var isRecorded = is_grad_enabled() && (q.requires_grad || k is { requires_grad: true } || v is { requires_grad: true });
        if (queries <= FewQueries && queries * ManyKeys <= keys && !isRecorded && bias is null && absent is null && !isCausal && dropped == 0)
        {
            return AttentionOperation.AttendFew(q, k, v);
        }

        var operation = new AttentionOperation(isCausal, dropped, seed, before * shape[1] * queries * heads);
        if (q.dtype == ScalarType.Float32 || KernelLibrary.Found.MultipliesBFloat16)
        {
            return operation.Apply(q, k, v, bias, absent);
        }

        using var scope = NewDisposeScope();
        var wide = operation.Apply(q.to(ScalarType.Float32), k?.to(ScalarType.Float32), v?.to(ScalarType.Float32), bias, absent);
        return wide.to(q.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Softmax attention of each position to itself in the other frames, with rotary embedding and a bias.</summary>
    /// <param name="qkv">(A, T, M, 3 h d): queries, keys and values of h heads of width d, for T frames of M positions.</param>
    /// <param name="turns">
    /// (T, d) float32, d a multiple of 16: cosine and sine by turns, both times d^(-1/4), by which frame t turns a pair of features.
    /// </param>
    /// <param name="bias">(h, T, T) float32, added to the logits.</param>
    /// <returns>(A, T, M, h d), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor TemporalAttention(Tensor qkv, Tensor turns, Tensor bias) =>
        new TemporalAttentionOperation().Apply(qkv, turns, bias);

    /// <summary>Attention over positions at linear cost: softmax(q, features) (softmax(k, positions)ᵀ v / √32).</summary>
    /// <param name="qkv">(N, n, 3 h 32): queries, keys and values of h heads of width 32, for N frames of n positions.</param>
    /// <returns>(N, n, h 32), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor LinearAttention(Tensor qkv, int heads) =>
        new LinearAttentionOperation(heads).Apply(qkv);

    /// <summary>Whether this <see cref="Convolution"/> is to be had, and is the faster way.</summary>
    public static bool SuitsWinograd(Tensor x, Tensor weight, long stride, long padding) =>
        WinogradOperation.Suits(x, weight, stride, padding);

    /// <summary>Convolution of 3 x 3 or 2 x 2 taps.</summary>
    /// <param name="x">(N, H, W, I).</param>
    /// <param name="weight">(O, I, h, w) float32.</param>
    /// <param name="bias">(O) float32.</param>
    /// <returns>(N, H', W', O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Convolution(Tensor x, Tensor weight, Tensor bias, long padding) => WinogradOperation.Convolve(x, weight, bias, padding);

    /// <summary>x Wᵀ + b over the last dimension.</summary>
    /// <param name="x">(..., I), I a multiple of 16; bfloat16 only where the processor multiplies it.</param>
    /// <param name="weight">(O, I) float32, O a multiple of 16.</param>
    /// <param name="bias">(O) float32; null: none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => new LinearOperation().Apply(x, weight, bias);

    /// <summary>x Wᵀ + b of at most eight rows, without gradients.</summary>
    /// <param name="x">(..., I).</param>
    /// <param name="weight">(O, I), float32 or bfloat16.</param>
    /// <param name="bias">(O) float32; null: none.</param>
    /// <returns>(..., O), in the type of <paramref name="x"/>.</returns>
    public static Tensor FewRows(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var shape = x.shape;
        var length = shape[^1];
        var rows = nn.functional.pad(x.to(ScalarType.Float32).reshape(-1, length), [0, (Vector - (length % Vector)) % Vector]).contiguous();
        var result = empty([.. shape[..^1], weight.shape[0]], x.dtype);
        OfFewRows.Run([rows, weight.contiguous(), bias?.contiguous(), result]);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>One step of Adam over flat float32 tensors of one length: values ← (1 − decay) values − rate · mean / (√meanSquare + floor).</summary>
    /// <param name="decay">Weight decay times learning rate.</param>
    /// <param name="rate">The learning rate, with the bias corrections of both moments.</param>
    /// <param name="floor">Adam's ε, with the bias correction of the second moment.</param>
    public static void Adam(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double beta1, double beta2, double decay, double rate, double floor) =>
        OfAdam.Run(
            [values, gradients, mean, meanSquare], NativeKernel.Bits(beta1), NativeKernel.Bits(beta2), NativeKernel.Bits(decay), NativeKernel.Bits(rate),
            NativeKernel.Bits(floor));

    /// <summary>Layer norm over the last dimension, with a gain and ε = 1e-5.</summary>
    /// <param name="x">(..., C) float32, C a multiple of 16.</param>
    /// <param name="gain">(C).</param>
    /// <param name="narrow">Whether the result is bfloat16.</param>
    public static Tensor LayerNorm(Tensor x, Tensor gain, bool narrow) =>
        new LayerNormOperation(narrow).Apply(x, gain);

    /// <summary>Layer norm over the last dimension, ε = 1e-6, times (1 + scale), plus shift.</summary>
    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="shift">(B, C) float32.</param>
    /// <param name="scale">(B, C) float32.</param>
    /// <param name="narrow">Whether the result is bfloat16.</param>
    public static Tensor ModulatedNorm(Tensor x, Tensor shift, Tensor scale, bool narrow) =>
        new ModulatedNormOperation(narrow).Apply(x, shift, scale);

    /// <summary>x + gate · y.</summary>
    /// <param name="x">(B, ..., C) float32, C a multiple of 16.</param>
    /// <param name="gate">(B, C) float32.</param>
    /// <param name="y">(B, ..., C).</param>
    public static Tensor Gate(Tensor x, Tensor gate, Tensor y) => new GateOperation().Apply(x, gate, y);

    /// <summary>GELU in the approximate form, of tanh.</summary>
    public static Tensor Gelu(Tensor x) => new GeluOperation().Apply(x);

    /// <summary>silu(x / max(|x|, 1e-12) * gain + shift), the norm being over the last dimension.</summary>
    /// <param name="x">(..., C), C a multiple of 16.</param>
    /// <param name="gain">(G, C): consecutive rows of x in G groups of equal size share one.</param>
    /// <param name="shift">(G, C).</param>
    public static Tensor NormSilu(Tensor x, Tensor gain, Tensor shift) =>
        new NormSiluOperation().Apply(x, gain, shift);

    /// <summary>act((x - mean) * inverse * gain + shift), where mean and 1 / √(variance + eps) are those of each group of channels of each frame.</summary>
    /// <param name="x">(..., C), C a multiple of 16: consecutive rows of x are in frames of equal size.</param>
    /// <param name="gain">(C) float32.</param>
    /// <param name="shift">(C) float32.</param>
    /// <param name="mean">(frames, groups) float32, is written to.</param>
    /// <param name="inverse">Like <paramref name="mean"/>.</param>
    public static Tensor GroupNorm(Tensor x, Tensor gain, Tensor shift, Tensor mean, Tensor inverse, double eps, Activation activation, double slope) =>
        new GroupNormOperation(eps, activation, slope).Apply(x, gain, shift, mean, inverse);

    /// <summary>For each vector the index of the target at the least distance, the first of equal ones.</summary>
    /// <param name="vectors">(N, D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(N) int64.</returns>
    public static Tensor Nearest(Tensor vectors, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var result = empty(vectors.shape[0], ScalarType.Int64);
        OfNearest.Run([vectors.to(ScalarType.Float32).contiguous(), targets.to(ScalarType.Float32).contiguous(), result]);
        return result.MoveToOuterDisposeScope();
    }

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
    public static Tensor SelectiveScan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor? state) =>
        state is null ? new SelectiveScanOperation().Apply(u, delta, a, b, c, d, gate) : SelectiveScanOperation.Continue(u, delta, a, b, c, d, gate, state);

    /// <summary>silu(bias + Σ_j weight_j x_{t-3+j}), x being zero before the first token.</summary>
    /// <param name="x">(B, T, E), E a multiple of 16.</param>
    /// <param name="weight">(E, 1, 4) float32.</param>
    /// <param name="bias">(E) float32.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor CausalConv(Tensor x, Tensor weight, Tensor bias) =>
        new CausalConvOperation().Apply(x, weight, bias);

    /// <summary>The mean of -log softmax(logits) at the targets that count, whose gradient is written over the logits where they have one.</summary>
    /// <param name="logits">(N, V), which nobody else may use from then on; the result may be differentiated once.</param>
    /// <param name="targets">(N) int64.</param>
    /// <param name="ignored">(N) booleans: those that do not count; null: all do.</param>
    public static Tensor TokenLoss(Tensor logits, Tensor targets, Tensor? ignored) =>
        new TokenLossOperation().Apply(logits, targets, ignored);

    /// <summary>x with a share of its numbers zero, and the others larger by 1 / (1 - share).</summary>
    /// <param name="share">Below one.</param>
    /// <param name="seed">Of which.</param>
    /// <param name="before">Numbers that are elsewhere, and come before those of <paramref name="x"/>.</param>
    public static Tensor Dropout(Tensor x, double share, long seed, long before) =>
        new DropoutOperation(share, seed, before).Apply(x);
}
