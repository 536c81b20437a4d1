using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Fused.Attention"/>
internal sealed class AttentionOperation(bool isCausal, double dropped, long seed, long before) : KernelOperation
{
    private static readonly NativeKernel Forward = new("attention");
    private static readonly NativeKernel Backward = new("attention_backward");
    private static readonly NativeKernel OfFew = new("attention_of_few");

    private long[] Scalars => [isCausal ? 1 : 0, NativeKernel.Bits(dropped), seed, before];

    /// <summary>Of a few queries: nothing is arranged, and nothing gets a gradient.</summary>
    public static Tensor AttendFew(Tensor q, Tensor? k, Tensor? v)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var parts = Parts(q, k, v);
        var result = OrderedLike(parts[0]);
        OfFew.Run([.. parts.Select(InRows), result]);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Queries, keys and values, which without keys are all in one, (A, M, L, 3, h, d).</summary>
    private static Tensor[] Parts(Tensor q, Tensor? k, Tensor? v) => k is null ? [q.select(3, 0), q.select(3, 1), q.select(3, 2)] : [q, k, v!];

    protected override Tensor Compute(Tensor?[] inputs)
    {
        Tensor?[] rows = [.. inputs.Take(3).Select(x => x is null ? null : InRows(x))];
        var parts = Parts(rows[0]!, rows[1], rows[2]);
        var (bias, absent) = (inputs[3]?.to(ScalarType.Float32).contiguous(), inputs[4]?.contiguous());
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
        Backward.Run([.. Parts(q, k, v), .. kept.Skip(3), InRows(gradient.to(q.dtype)), .. Parts(ofQ, ofK, ofV), ofBias], Scalars);
        return [ofQ, ofK, ofV, ofBias, null];
    }

    /// <summary>Without numbers yet, its axes in memory in the order of those of <paramref name="x"/>.</summary>
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
