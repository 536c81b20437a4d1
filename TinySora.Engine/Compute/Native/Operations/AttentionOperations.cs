using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>Softmax attention; see <see cref="Kernels.Attend(Tensor, Tensor?, Tensor?, Tensor?, Tensor?, bool, double, BatchRandom?)"/>.</summary>
internal sealed class AttentionOperation(bool isCausal, double dropped, long seed, long before) : KernelOperation
{
    /// <summary>Maximum number of queries for which rearranging the keys does not pay off, with at least <see cref="ManyKeys"/> keys per query.</summary>
    private const long FewQueries = 4;
    private const long ManyKeys = 8;

    private static readonly NativeKernel Forward = new("attention");
    private static readonly NativeKernel Backward = new("attention_backward");
    private static readonly NativeKernel Decode = new("decode_attention");

    private long[] Scalars => [isCausal ? 1 : 0, NativeKernel.Bits(dropped), seed, before];

    /// <inheritdoc cref="Kernels.Attend(Tensor, Tensor?, Tensor?, Tensor?, Tensor?, bool, double, BatchRandom?)"/>
    /// <param name="seed">Seed for selecting the attention weights to drop.</param>
    /// <param name="before">Number of entries along the first axis that are in other processes and precede those of <paramref name="q"/>.</param>
    public static Tensor Attend(
        Tensor q, Tensor? k, Tensor? v, Tensor? bias, Tensor? absent, bool isCausal, double dropped, long seed, long before)
    {
        var shape = q.shape;
        var (queries, keys, heads) = (shape[2], (k ?? q).shape[2], shape[^2]);
        var isRecorded = is_grad_enabled() && (q.requires_grad || k is { requires_grad: true } || v is { requires_grad: true });
        if (queries <= FewQueries && queries * ManyKeys <= keys && !isRecorded && bias is null && absent is null && !isCausal && dropped == 0)
        {
            return AttendFew(q, k, v);
        }

        var operation = new AttentionOperation(isCausal, dropped, seed, before * shape[1] * queries * heads);
        if (q.dtype == ScalarType.Float32 || KernelLibrary.Instance.MultipliesBFloat16)
        {
            return operation.Apply(q, k, v, bias, absent);
        }

        using var scope = NewDisposeScope();
        var wide = operation.Apply(q.to(ScalarType.Float32), k?.to(ScalarType.Float32), v?.to(ScalarType.Float32), bias, absent);
        return wide.to(q.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Computes attention for a few queries, without rearranging the keys and without gradients.</summary>
    private static Tensor AttendFew(Tensor q, Tensor? k, Tensor? v)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var parts = Parts(q, k, v);
        var result = OrderedLike(parts[0]);
        Decode.Run([.. parts.Select(WithContiguousRows), result]);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Returns queries, keys and values; without keys, all three are in one tensor (A, M, L, 3, h, d).</summary>
    private static Tensor[] Parts(Tensor q, Tensor? k, Tensor? v) => k is null ? [q.select(3, 0), q.select(3, 1), q.select(3, 2)] : [q, k, v!];

    protected override Tensor Compute(Tensor?[] inputs)
    {
        Tensor?[] rows = [.. inputs.Take(3).Select(x => x is null ? null : WithContiguousRows(x))];
        var parts = Parts(rows[0]!, rows[1], rows[2]);
        var (bias, absent) = (ToContiguous(inputs[3], ScalarType.Float32), ToContiguous(inputs[4]));
        var result = OrderedLike(parts[0]);
        var shape = parts[0].shape;
        var statistics = empty(shape[0] * shape[1] * shape[3], shape[2], 2);
        Forward.Run([.. parts, bias, absent, result, statistics], Scalars);
        Save([.. rows, bias, absent, result, statistics]);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (q, k, v, bias) = (kept[0], (Tensor?)kept[1], (Tensor?)kept[2], (Tensor?)kept[3]);
        var (ofQ, ofK, ofV) = (OrderedLike(q), k is null ? null : OrderedLike(k), v is null ? null : OrderedLike(v));
        var ofBias = bias is null ? null : zeros_like(bias);
        Backward.Run([.. Parts(q, k, v), .. kept.Skip(3), WithContiguousRows(gradient), .. Parts(ofQ, ofK, ofV), ofBias], Scalars);
        return [ofQ, ofK, ofV, ofBias, null];
    }

    /// <summary>Returns an uninitialized tensor with the shape of <paramref name="x"/> and the same memory order of its axes.</summary>
    private static Tensor OrderedLike(Tensor x)
    {
        var (shape, strides) = (x.shape, x.stride());
        long[] order = [.. Enumerable.Range(0, shape.Length).OrderByDescending(axis => strides[axis]).Select(axis => (long)axis)];
        var back = new long[order.Length];
        for (var place = 0; place < order.Length; place++)
        {
            back[order[place]] = place;
        }

        return empty([.. order.Select(axis => shape[axis])], x.dtype).permute(back);
    }
}

/// <inheritdoc cref="Kernels.Attend(Tensor, Tensor, Tensor)"/>
internal sealed class TemporalAttentionOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("temporal_attention");
    private static readonly NativeKernel Backward = new("temporal_attention_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (qkv, turns, bias) = (ToContiguous(inputs[0]!), ToContiguous(inputs[1]!), ToContiguous(inputs[2]!));
        var result = empty([qkv.shape[0], qkv.shape[1], qkv.shape[2], bias.shape[0] * turns.shape[1]], qkv.dtype);
        Forward.Run([qkv, turns, bias, result]);
        Save(qkv, turns, bias);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (qkv, turns, bias) = (kept[0], kept[1], kept[2]);
        var (ofQkv, ofBias) = (empty_like(qkv), zeros_like(bias));
        Backward.Run([qkv, turns, bias, ToContiguous(gradient, qkv.dtype), ofQkv, ofBias]);
        return [ofQkv, null, ofBias];
    }
}

/// <inheritdoc cref="Kernels.AttendLinearly"/>
internal sealed class LinearAttentionOperation(int heads) : KernelOperation
{
    private static readonly NativeKernel Forward = new("linear_attention");
    private static readonly NativeKernel Backward = new("linear_attention_backward");

    /// <summary>The only number of features per head that the kernel supports (linear_attention.cpp).</summary>
    public const int Width = 32;

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var qkv = ToContiguous(inputs[0]!);
        var (frames, positions) = (qkv.shape[0], qkv.shape[1]);
        var result = empty([frames, positions, heads * Width], qkv.dtype);
        var (contexts, scales) = (empty(frames * heads, Width * Width), empty(frames * heads, 2 * Width));
        Forward.Run([qkv, result, contexts, scales], heads);
        Save(qkv, contexts, scales);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var qkv = kept[0];
        var ofQkv = empty_like(qkv);
        Backward.Run([qkv, kept[1], kept[2], ToContiguous(gradient, qkv.dtype), ofQkv], heads);
        return [ofQkv];
    }
}
