using TinySora.Engine.Layers.Recorded;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// Predictions for the steps of a sampling. If possible, the network's forward pass is recorded once, and each step replays it in one native call.
/// </summary>
internal sealed class GuidedPredictor : IDisposable
{
    private readonly LatentNetwork network;
    private readonly NetworkCondition condition;
    private readonly Func<Tensor, Tensor> guide;
    private readonly int copies;
    private readonly RecordedBatch? program;

    /// <param name="shape">Shape of the noisy latents, (B, C, F, H, W).</param>
    /// <param name="condition">Conditions for all copies of the batch.</param>
    /// <param name="guide">Combines the predictions for the copies.</param>
    /// <param name="copies">Number of copies of the batch that the network computes at once.</param>
    public GuidedPredictor(LatentNetwork network, long[] shape, NetworkCondition condition, Func<Tensor, Tensor> guide, int copies)
    {
        (this.network, this.condition, this.guide, this.copies) = (network, condition, guide, copies);
        Problem = network.IsRecordable ? Recording.FindProblem(network.parameters().First().device) : Recording.NeverRecorded;
        if (Problem is not null)
        {
            return;
        }

        try
        {
            program = Record([copies * shape[0], .. shape[1..]]);
        }
        catch (NotSupportedException e)
        {
            Problem = e.Message;
        }
    }

    /// <summary>Why the forward pass is not recorded; <c>null</c> if it is.</summary>
    public string? Problem { get; }

    /// <summary>Predictions without guidance, and the lowest timestep at which they are used; <c>null</c> for guidance at all timesteps.</summary>
    public (int From, GuidedPredictor Predictor)? Unguided { get; init; }

    /// <summary>Number of recorded kernel calls; 0 if the forward pass is not recorded.</summary>
    public int Calls => program?.Kernels.Count ?? 0;

    /// <param name="x">Noisy latents (B, C, F, H, W).</param>
    /// <param name="t">Timestep of all clips.</param>
    /// <returns>Like <see cref="LatentNetwork.forward(Tensor, Tensor, NetworkCondition)"/>, with guidance.</returns>
    public Tensor Predict(Tensor x, int t)
    {
        if (Unguided is var (from, unguided) && t >= from)
        {
            return unguided.Predict(x, t);
        }

        var all = copies == 1 ? x.contiguous() : cat([.. Enumerable.Repeat(x, copies)]);
        return guide(program is null
            ? network.forward(all, full([all.shape[0]], t, ScalarType.Int64, x.device), condition)
            : program.Run(all, full([all.shape[0]], t, ScalarType.Float32)));
    }

    public void Dispose()
    {
        program?.Dispose();
        Unguided?.Predictor.Dispose();
    }

    private RecordedBatch Record(long[] shape)
    {
        return new RecordedBatch([.. RecordedBatch.Divide(shape[0]).Select(part => (RecordPart(part.First, part.Count), part.First))]);

        RecordedProgram RecordPart(long first, long count)
        {
            var recording = new Recording();
            var (x, t) = (recording.Input(ScalarType.Float32, [count, .. shape[1..]]), recording.Input(ScalarType.Int64, count));
            return recording.Compile([x, t], (RecordedTensor)network.forward(x, t, condition.Narrow(first, count)));
        }
    }
}
