using static TorchSharp.torch;

namespace TinySora.Engine.Compute;

/// <inheritdoc cref="Fused.Attention"/>
internal sealed class AttentionOperation(bool isCausal, double dropped, long seed, long before) : KernelOperation
{
    private static readonly NativeKernel Forward = new("attention");
    private static readonly NativeKernel Backward = new("attention_backward");
    private static readonly NativeKernel OfFew = new("attention_of_few");

    private static readonly Lazy<bool> OfBFloat16 = new(() =>
    {
        using var answer = zeros(1, ScalarType.Bool);
        new NativeKernel("attention_takes_bfloat16").Run([answer]);
        return answer[0].item<bool>();
    });

    /// <summary>Whether it is to be had for bfloat16, and not for the same in float32 alone.</summary>
    public static bool TakesBFloat16 => OfBFloat16.Value;

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
    public static Tensor[] Parts(Tensor q, Tensor? k, Tensor? v) => k is null ? [q.select(3, 0), q.select(3, 1), q.select(3, 2)] : [q, k, v!];

    protected override Tensor Compute(Tensor?[] inputs)
    {
        Tensor[] rows = [.. inputs.Take(inputs[1] is null ? 1 : 3).Select(x => InRows(x!))];
        var parts = Parts(rows);
        var (bias, absent) = (inputs[3]?.to(ScalarType.Float32).contiguous(), inputs[4]?.contiguous());
        var result = OrderedLike(parts[0]);
        var shape = parts[0].shape;
        var statistics = empty(shape[0] * shape[1] * shape[3], shape[2], 2);
        Forward.Run([.. parts, bias, absent, result, statistics], Scalars);
        Save([result, statistics, .. Given(bias), .. Given(absent), .. rows]);
        (hasBias, hasAbsent) = (bias is not null, absent is not null);
        return result;
    }

    private bool hasBias;
    private bool hasAbsent;

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (bias, absent) = (hasBias ? kept[2] : null, hasAbsent ? kept[hasBias ? 3 : 2] : null);
        Tensor[] rows = [.. kept.Skip(2 + (hasBias ? 1 : 0) + (hasAbsent ? 1 : 0))];
        Tensor[] ofRows = [.. rows.Select(OrderedLike)];
        var ofBias = bias is null ? null : zeros_like(bias);
        Backward.Run(
            [.. Parts(rows), bias, absent, kept[0], kept[1], InRows(gradient.to(rows[0].dtype)), .. Parts(ofRows), ofBias],
            Scalars);
        return [ofRows[0], ofRows.ElementAtOrDefault(1), ofRows.ElementAtOrDefault(2), ofBias, null];
    }

    private static Tensor[] Parts(Tensor[] rows) => Parts(rows[0], rows.ElementAtOrDefault(1), rows.ElementAtOrDefault(2));

    private static Tensor[] Given(Tensor? tensor) => tensor is null ? [] : [tensor];

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
