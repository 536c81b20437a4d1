using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <inheritdoc cref="Kernels.Scan"/>
internal sealed class SelectiveScanOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("selective_scan");
    private static readonly NativeKernel Backward = new("selective_scan_backward");

    /// <summary>Number of tokens between saved states (selective_scan.cpp).</summary>
    private const int Chunk = 32;

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var (u, delta, a) = (ToContiguous(inputs[0]!), ToContiguous(inputs[1]!), inputs[2]!.t().contiguous());
        var (b, c, d) = (ToContiguous(inputs[3]!), ToContiguous(inputs[4]!), ToContiguous(inputs[5]!));
        var gate = inputs[6] is { } given ? WithContiguousRows(given) : null;
        var result = empty_like(u);
        var borders = empty(u.shape[0], (u.shape[1] + Chunk - 1) / Chunk, a.shape[0], a.shape[1]);
        Forward.Run([u, delta, a, b, c, d, gate, result, null, borders]);
        Save(u, delta, a, b, c, d, gate, borders);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (u, delta, a, b, c, d) = (kept[0], kept[1], kept[2], kept[3], kept[4], kept[5]);
        var gate = (Tensor?)kept[6];
        var (ofU, ofDelta, ofA) = (empty_like(u), empty_like(delta), empty_like(a));
        var (ofB, ofC, ofD) = (empty_like(b), empty_like(c), empty_like(d));
        var ofGate = gate is null ? null : empty(gate.shape, gate.dtype);
        Backward.Run([u, delta, a, b, c, d, gate, kept[7], ToContiguous(gradient), ofU, ofDelta, ofA, ofB, ofC, ofD, ofGate]);
        return [ofU, ofDelta, ofA.t(), ofB, ofC, ofD, ofGate];
    }

    /// <param name="state">(B, E, N), replaced with the state after the tokens.</param>
    /// <inheritdoc cref="Kernels.Scan"/>
    public static Tensor Step(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor state)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        u = ToContiguous(u);
        var result = empty_like(u);
        var states = state.transpose(1, 2).contiguous();
        var rows = gate is null ? null : WithContiguousRows(gate);
        Forward.Run([u, ToContiguous(delta), a.t().contiguous(), ToContiguous(b), ToContiguous(c), ToContiguous(d), rows, result, states, null]);
        state.copy_(states.transpose(1, 2));
        return result.MoveToOuterDisposeScope();
    }
}

/// <inheritdoc cref="Kernels.CausalConv"/>
internal sealed class CausalConvOperation : KernelOperation
{
    private static readonly NativeKernel Forward = new("causal_conv");
    private static readonly NativeKernel Backward = new("causal_conv_backward");

    protected override Tensor Compute(Tensor?[] inputs)
    {
        var x = WithContiguousRows(inputs[0]!);
        var (taps, bias) = (inputs[1]!.flatten(1).t().contiguous(), ToContiguous(inputs[2]!));
        var result = empty(x.shape);
        Forward.Run([x, taps, bias, result]);
        Save(x, taps, bias);
        return result;
    }

    protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
    {
        var (x, taps) = (kept[0], kept[1]);
        var ofX = empty(x.shape, x.dtype);
        var ofWeights = empty(taps.shape[0] + 1, taps.shape[1]);
        Backward.Run([x, taps, kept[2], ToContiguous(gradient), ofX, ofWeights]);
        return [ofX, ofWeights.narrow(0, 0, taps.shape[0]).t().unsqueeze(1), ofWeights[taps.shape[0]]];
    }
}
