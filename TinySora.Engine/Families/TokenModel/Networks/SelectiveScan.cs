using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// The selective state space model of Mamba (Gu and Dao 2023): every channel has a small state that the tokens themselves make forget and take in,
/// h_t = exp(Δ_t A) h_{t-1} + Δ_t B_t u_t and y_t = C_t · h_t + D u_t, times SiLU of a gate.
/// </summary>
internal static class SelectiveScan
{
    // More tokens at a time are fewer operators and more memory.
    private const int ChunkLength = 64;

    /// <summary>The selective scan over sequences, from an empty state.</summary>
    /// <param name="u">(B, T, E) float32.</param>
    /// <param name="delta">(B, T, E) float32, Δ: how far each token moves the state, above zero.</param>
    /// <param name="a">(E, N) float32, below zero.</param>
    /// <param name="b">(B, T, N) float32.</param>
    /// <param name="c">(B, T, N) float32.</param>
    /// <param name="d">(E) float32.</param>
    /// <param name="gate">(B, T, E), float32 or bfloat16.</param>
    /// <returns>(B, T, E) float32.</returns>
    public static Tensor Of(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate)
    {
        Count(u, a);
        return Kernels.CanScan(u)
            ? Kernels.Scan(u, delta, a, b, c, d, gate, null)
            : Scan(u, delta, a, b, c, d, gate, zeros([u.shape[0], a.shape[0], a.shape[1]], device: u.device)).Y;
    }

    /// <summary>The scan of tokens that follow others, often of a single one; without gradients.</summary>
    /// <param name="state">(B, E, N) float32, zero before the first token: h, which is brought up to date.</param>
    /// <inheritdoc cref="Of(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor?)"/>
    public static Tensor Step(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor state)
    {
        using var gradients = no_grad();
        Count(u, a);
        if (Kernels.CanScan(u))
        {
            return Kernels.Scan(u, delta, a, b, c, d, gate, state);
        }

        var (y, last) = Scan(u, delta, a, b, c, d, gate, state);
        state.copy_(last);
        return y;
    }

    /// <summary>Writes the scan of whole sequences into a graph, all tokens at a time, as <see cref="Chunk"/> takes some.</summary>
    /// <inheritdoc cref="Of(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor?)"/>
    public static OnnxTensor Of(OnnxTensor u, OnnxTensor delta, OnnxTensor a, OnnxTensor b, OnnxTensor c, OnnxTensor d, OnnxTensor gate)
    {
        var length = u.Shape[1];
        var kept = (delta.Unsqueeze(3) * a).Each("Exp");
        var states = (delta * u).Unsqueeze(3) * b.Unsqueeze(2);
        for (var seen = 1L; seen < length; seen *= 2)
        {
            var (later, more) = (kept.Narrow(1, seen, length - seen), length - seen);
            states = OnnxTensor.Cat(1, states.Narrow(1, 0, seen), states.Narrow(1, seen, more) + (later * states.Narrow(1, 0, more)));
            kept = OnnxTensor.Cat(1, kept.Narrow(1, 0, seen), later * kept.Narrow(1, 0, more));
        }

        var y = (states * c.Unsqueeze(2)).Reduced("ReduceSum", -1).Reshape(u.Shape) + (d * u);
        return y * gate.Silu();
    }

    // What a state keeps and takes in, and what is read from it.
    private static void Count(Tensor u, Tensor a) => FlopCounter.Add(4 * u.numel() * a.shape[1]);

    private static (Tensor Y, Tensor State) Scan(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor? gate, Tensor state)
    {
        var chunks = new List<Tensor>();
        for (var start = 0L; start < u.shape[1]; start += ChunkLength)
        {
            var length = Math.Min(ChunkLength, u.shape[1] - start);
            Tensor?[] inputs = [u.narrow(1, start, length), delta.narrow(1, start, length), a, b.narrow(1, start, length), c.narrow(1, start, length), state];
            var found = is_grad_enabled() ? Recomputed.Of(Chunk, inputs) : Chunk(inputs);
            chunks.Add(found.narrow(1, 0, length));
            state = found.narrow(1, length, a.shape[1]).transpose(1, 2);
        }

        var y = cat(chunks, 1) + (d * u);
        return (gate is null ? y : y * nn.functional.silu(Precision.Widen(gate)), state);
    }

    /// <summary>Doubles the tokens that each state has seen until it has seen all before (Hillis and Steele 1986).</summary>
    /// <param name="inputs">u, Δ, A, B and C of some tokens, and the state before them.</param>
    /// <returns>(B, T + N, E): y without D's part, then the state after the tokens, transposed.</returns>
    private static Tensor Chunk(IReadOnlyList<Tensor?> inputs)
    {
        var (u, delta, a, b, c, before) = (inputs[0]!, inputs[1]!, inputs[2]!, inputs[3]!, inputs[4]!, inputs[5]!);
        var length = u.shape[1];
        var kept = (delta.unsqueeze(-1) * a).exp();                  // (B, T, E, N): of a state so many tokens before
        var states = (delta * u).unsqueeze(-1) * b.unsqueeze(2);
        for (var seen = 1L; seen < length; seen *= 2)
        {
            var (later, more) = (kept.narrow(1, seen, length - seen), length - seen);
            states = cat([states.narrow(1, 0, seen), states.narrow(1, seen, more) + (later * states.narrow(1, 0, more))], 1);
            kept = cat([kept.narrow(1, 0, seen), later * kept.narrow(1, 0, more)], 1);
        }

        states += kept * before.unsqueeze(1);
        return cat([(states * c.unsqueeze(2)).sum(-1), states.select(1, length - 1).transpose(1, 2)], 1);
    }
}
