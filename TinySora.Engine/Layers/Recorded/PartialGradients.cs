using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>A network's weights for each part of a batch. The parts write their gradients to different memory, and the sum is computed afterwards.</summary>
internal sealed class PartialGradients : IDisposable
{
    private readonly IReadOnlyList<ProgramBlock> blocks;
    private readonly Lazy<IReadOnlyList<NativeProgram>> sums;

    /// <param name="weights">Weights of the first part, whose gradients become those of the batch.</param>
    public PartialGradients(RecordedWeights weights, int parts)
    {
        blocks = [.. Enumerable.Range(1, parts - 1).Select(_ => new ProgramBlock(weights.Extent))];
        Weights = [weights, .. blocks.Select(block => weights.WithGradients(block.Address))];
        sums = new(() => [.. Enumerable.Range(0, parts).Select(thread => new NativeProgram(Sums(thread)))]);
    }

    /// <summary>The weights of each part.</summary>
    public IReadOnlyList<RecordedWeights> Weights { get; }

    /// <summary>Adds the gradients of all parts to those of the first.</summary>
    public void Add()
    {
        if (blocks.Count > 0)
        {
            NativeProgram.Run([.. sums.Value.Select(sum => (sum, 0, sum.Count))]);
        }
    }

    public void Dispose()
    {
        foreach (var block in blocks)
        {
            block.Dispose();
        }

        if (sums.IsValueCreated)
        {
            foreach (var sum in sums.Value)
            {
                sum.Dispose();
            }
        }
    }

    /// <summary>Returns the additions for a thread, which processes the same share of all gradients.</summary>
    private List<KernelCall> Sums(int thread)
    {
        var places = Weights.Select(weights => weights.FindGradients()).ToList();
        var calls = new List<KernelCall>();
        for (var range = 0; range < places[0].Count; range++)
        {
            var (first, count) = EvenParts.Get(places[0][range].Size, Weights.Count, thread);
            foreach (var part in places.Skip(1).Where(_ => count > 0))
            {
                calls.Add(new KernelCall("accumulate", [View(part), View(places[0])], []));
            }

            TensorView View(IReadOnlyList<(nint Address, long Size)> part) =>
                TensorView.At(part[range].Address + (nint)(first * sizeof(float)), [count], [1]);
        }

        return calls;
    }
}
