using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Processes;

/// <summary>The part of a micro-batch that this process has: consecutive examples.</summary>
/// <param name="First">From 0.</param>
/// <param name="Total">Examples of the micro-batch.</param>
/// <param name="Sum">Puts in a tensor's place the sum of those of all processes; contiguous, float32.</param>
public sealed record BatchShare(int First, int Count, int Total, Action<Tensor> Sum)
{
    /// <summary>Collects the rows of all processes, in the order of the examples; no gradient passes.</summary>
    /// <param name="rows">As many for each example along the first axis; float32, or whole numbers below 2^24.</param>
    public Tensor Gather(Tensor rows)
    {
        using var nothing = no_grad();
        var each = rows.shape[0] / Count;
        var all = zeros([each * Total, .. rows.shape[1..]], ScalarType.Float32, rows.device);
        all.narrow(0, each * First, rows.shape[0]).copy_(rows);
        Sum(all);
        return all.to(rows.dtype);
    }
}

/// <summary>What is asked of the share of a process also where one process has the whole micro-batch.</summary>
public static class BatchShares
{
    /// <summary>The rows of all examples of the micro-batch, for what depends on all of them, such as a codebook.</summary>
    /// <param name="share">Null: all examples are here.</param>
    /// <inheritdoc cref="BatchShare.Gather"/>
    public static Tensor OfAll(this BatchShare? share, Tensor rows) => share is null ? rows : share.Gather(rows);
}
