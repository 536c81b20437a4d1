namespace TinySora.Benchmarks;

/// <summary>One process to measure.</summary>
/// <param name="Peer">The PyTorch that does it; <c>null</c> for TinySora.</param>
/// <param name="Arguments">For <see cref="Worker"/> or peer.py.</param>
internal sealed record Job(Peer? Peer, int Threads, string Arguments)
{
    /// <summary>Whether it runs in the first round only, for long jobs whose speed does not matter.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Whether to use libtorch's operators instead of the fused kernels.</summary>
    public bool IsOfOperators { get; init; }

    public static Job Ours(int threads, string arguments) => new(null, threads, arguments);

    /// <inheritdoc/>
    public override string ToString() => $"{Peer?.ToString() ?? (IsOfOperators ? "operators" : "ours")}: {Arguments}, threads: {Threads}";
}
