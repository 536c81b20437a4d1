namespace TinySora.Benchmarks;

/// <summary>Work to measure in a separate process.</summary>
/// <param name="Peer">PyTorch installation to measure; <c>null</c> for TinySora.</param>
/// <param name="Arguments">Arguments for <see cref="Worker"/> or peer.py.</param>
internal sealed record Job(Peer? Peer, int Threads, string Arguments)
{
    /// <summary>Whether to run the job in the first round only, because it takes long.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Whether to use libtorch's operators instead of the fused kernels.</summary>
    public bool IsOfOperators { get; init; }

    public static Job Ours(int threads, string arguments) => new(null, threads, arguments);

    /// <inheritdoc/>
    public override string ToString() => $"{Peer?.ToString() ?? (IsOfOperators ? "operators" : "ours")}: {Arguments}, threads: {Threads}";
}
