using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// The selective state space model of Mamba (Gu and Dao 2023): every channel has a small state whose decay and input depend on the tokens, h_t = exp(Δ_t A)
/// h_{t-1} + Δ_t B_t u_t and y_t = C_t · h_t + D u_t, multiplied by the SiLU of a gate.
/// </summary>
internal static class SelectiveScan
{
    // Number of tokens to scan at a time. Longer chunks require fewer operators, but more memory.
    private const int ChunkLength = 64;

    // Floating-point operations per token and element of the state: a multiplication and an addition each in the update and the readout.
    private const int Operations = 4;

    /// <summary>Scans sequences from an empty state.</summary>
    /// <param name="u">(B, T, E) float32.</param>
    /// <param name="delta">Step size Δ, above zero, (B, T, E) float32.</param>
    /// <param name="a">(E, N) float32, below zero.</param>
    /// <param name="b">(B, T, N) float32.</param>
    /// <param name="c">(B, T, N) float32.</param>
    /// <param name="d">(E) float32.</param>
    /// <param name="gate">(B, T, E), float32 or bfloat16.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static AnyTensor Apply(AnyTensor u, AnyTensor delta, AnyTensor a, AnyTensor b, AnyTensor c, AnyTensor d, AnyTensor? gate)
    {
        FlopCounter.Add(u, Operations * a.shape[1]);
        if (u.Eager is not Tensor tokens)
        {
            return Gated(Read(States(u, delta, a, b).States, c) + (d * u), gate); // a graph scans all tokens together
        }

        return Kernels.CanScan(tokens)
            ? Kernels.Scan(tokens, (Tensor)delta, (Tensor)a, (Tensor)b, (Tensor)c, (Tensor)d, (Tensor?)gate, null)
            : Scan(tokens, delta, a, b, c, d, gate, zeros([u.shape[0], a.shape[0], a.shape[1]], device: u.device)).Y;
    }

    /// <summary>Scans tokens that follow previous tokens, often a single one, without gradients.</summary>
    /// <param name="state">State h, which is updated: (B, E, N) float32, zero before the first token.</param>
    /// <inheritdoc cref="Apply"/>
    public static AnyTensor Step(AnyTensor u, AnyTensor delta, AnyTensor a, AnyTensor b, AnyTensor c, AnyTensor d, AnyTensor? gate, Tensor state)
    {
        using var gradients = no_grad();
        FlopCounter.Add(u, Operations * a.shape[1]);
        if (Kernels.CanScan((Tensor)u))
        {
            return Kernels.Scan((Tensor)u, (Tensor)delta, (Tensor)a, (Tensor)b, (Tensor)c, (Tensor)d, (Tensor?)gate, state);
        }

        var (y, last) = Scan(u, delta, a, b, c, d, gate, state);
        state.copy_((Tensor)last);
        return y;
    }

    private static (AnyTensor Y, AnyTensor State) Scan(
        AnyTensor u, AnyTensor delta, AnyTensor a, AnyTensor b, AnyTensor c, AnyTensor d, AnyTensor? gate, AnyTensor state)
    {
        var chunks = new List<AnyTensor>();
        for (var start = 0L; start < u.shape[1]; start += ChunkLength)
        {
            var length = Math.Min(ChunkLength, u.shape[1] - start);
            AnyTensor Part(AnyTensor x) => x.narrow(1, start, length);
            Tensor[] inputs = [(Tensor)Part(u), (Tensor)Part(delta), (Tensor)a, (Tensor)Part(b), (Tensor)Part(c), (Tensor)state];
            AnyTensor found = is_grad_enabled() ? GradientCheckpoint.Run(Chunk, inputs) : Chunk(inputs);
            chunks.Add(found.narrow(1, 0, length));
            state = found.narrow(1, length, a.shape[1]).transpose(1, 2);
        }

        return (Gated(AnyTensor.cat(chunks, 1) + (d * u), gate), state);
    }

    /// <param name="inputs">u, Δ, A, B and C of a chunk, and the state before it.</param>
    /// <returns>(B, T + N, E): y without the term of D, then the transposed state after the chunk.</returns>
    private static Tensor Chunk(IReadOnlyList<Tensor?> inputs)
    {
        var (kept, own) = States(inputs[0]!, inputs[1]!, inputs[2]!, inputs[3]!);
        var states = own + (kept * inputs[5]!.unsqueeze(1));
        return (Tensor)AnyTensor.cat([Read(states, inputs[4]!), states.select(1, states.shape[1] - 1).transpose(1, 2)], 1);
    }

    /// <summary>Scans in parallel, doubling the number of tokens that each state covers in every pass (Hillis and Steele 1986).</summary>
    /// <returns>(B, T, E, N) each: the cumulative decay of the initial state, and the states that start from zero.</returns>
    private static (AnyTensor Kept, AnyTensor States) States(AnyTensor u, AnyTensor delta, AnyTensor a, AnyTensor b)
    {
        var length = u.shape[1];
        var kept = (delta.unsqueeze(-1) * a).exp();                  // cumulative decay
        var states = (delta * u).unsqueeze(-1) * b.unsqueeze(2);
        for (var seen = 1L; seen < length; seen *= 2)
        {
            var (later, more) = (kept.narrow(1, seen, length - seen), length - seen);
            states = AnyTensor.cat([states.narrow(1, 0, seen), states.narrow(1, seen, more) + (later * states.narrow(1, 0, more))], 1);
            kept = AnyTensor.cat([kept.narrow(1, 0, seen), later * kept.narrow(1, 0, more)], 1);
        }

        return (kept, states);
    }

    private static AnyTensor Read(AnyTensor states, AnyTensor c) => (states * c.unsqueeze(2)).sum(-1);

    private static AnyTensor Gated(AnyTensor y, AnyTensor? gate) => gate is null ? y : y * gate.ToFloat32().silu();
}
