using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>How often an epoch has hit each code. Part of a checkpoint, so that a resumed run goes on counting.</summary>
internal sealed class EpochUsage : nn.Module
{
    private readonly Tensor counts;
    private readonly Tensor epoch;

    public EpochUsage(int codes)
        : base(nameof(EpochUsage))
    {
        counts = zeros([codes], ScalarType.Int64);
        epoch = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>How often each code was chosen in the epoch, (K) int64.</summary>
    public Tensor Counts => counts;

    /// <summary>The number of the epoch that is counted, from 0.</summary>
    public long Epoch => epoch.ToInt64();

    public static Tensor Share(Tensor counts) => counts.gt(0).to(ScalarType.Float32).mean();

    /// <summary>exp(-Σ p ln p): how many codes would be as surprising if they were equally frequent.</summary>
    public static Tensor Perplexity(Tensor counts)
    {
        var p = counts.to(ScalarType.Float32) / counts.sum().clamp_min(1);
        return (-(p * (p + 1e-10).log()).sum()).exp();
    }

    /// <param name="tokens">Of any shape, int64.</param>
    public void Add(Tensor tokens)
    {
        using var nothing = no_grad();
        var hit = tokens.flatten();
        counts.index_add_(0, hit, ones_like(hit), 1);
    }

    public void Begin(long number)
    {
        using var nothing = no_grad();
        counts.zero_();
        epoch.fill_(number);
    }
}
