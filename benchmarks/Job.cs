namespace TinySora.Benchmarks;

/// <summary>One process to time.</summary>
/// <param name="Peer">Who does it; null: we.</param>
/// <param name="Arguments">For <see cref="Worker"/> or peer.py.</param>
internal sealed record Job(Peer? Peer, int Threads, string Arguments)
{
    /// <summary>For what is long and no matter of speed: in the first round only.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Whether libtorch's operators compute what else kernels do.</summary>
    public bool IsOfOperators { get; init; }

    public static Job Ours(int threads, string arguments) => new(null, threads, arguments);

    /// <inheritdoc/>
    public override string ToString() => $"{Peer?.ToString() ?? (IsOfOperators ? "operators" : "ours")}: {Arguments}, threads: {Threads}";
}
