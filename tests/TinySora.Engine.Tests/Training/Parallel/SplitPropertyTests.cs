using CsCheck;
using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Parallel;

/// <summary>However a batch is split, every example is in one part, in the original order.</summary>
public sealed class SplitPropertyTests
{
    [Fact]
    public void Parts_are_even() => Gen.Select(Gen.Long[0, 1L << 40], Gen.Int[1, 200]).Check(200, sizes =>
    {
        var (total, count) = sizes;
        var parts = EvenParts.Divide(total, count);
        Assert.Equal(count, parts.Count);
        Covers(total, parts);
        Assert.Equal(parts, Enumerable.Range(0, count).Select(part => EvenParts.Get(total, count, part)));
    });

    [Fact]
    public void Threads_get_even_parts_of_a_batch() => Gen.Select(Gen.Int[1, 200], Gen.Int[1, 16]).Check(200, sizes =>
    {
        var (examples, threads) = sizes;
        var before = get_num_threads();
        try
        {
            set_num_threads(threads);
            var parts = RecordedBatch.Divide(examples);
            Assert.Equal(examples < threads ? 1 : threads, parts.Count);
            Covers(examples, parts);
        }
        finally
        {
            set_num_threads(before);
        }
    });

    [Fact]
    public void Processes_get_even_shares_of_a_batch() => Gen.Select(Gen.Int.NonNegative, Gen.Int[1, 64]).Check(200, sizes =>
    {
        var (examples, processes) = sizes;
        var shares = BatchShare.Divide(examples, processes, _ => { });
        Assert.Equal(processes, shares.Count);
        Assert.All(shares, share => Assert.Equal(examples, share.Total));
        Covers(examples, [.. shares.Select(share => ((long)share.First, (long)share.Count))]);
    });

    [Fact]
    public void Micro_batches_of_all_processes_hold_every_example_once_per_epoch() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 8], Gen.Int[1, 4], Gen.Long).Where((_, batch, processes, _) => processes <= batch).Check(60, example =>
        {
            var (count, batchSize, processes, seed) = example;
            var loaded = new List<SampledExample>();
            var batches = new BatchSequence(count, batchSize, seed, epoch => SampledExample.Order(seed, epoch, count), visits =>
            {
                loaded.AddRange(visits);
                return ToyTask.Load(SampledExample.Indices(visits));
            });
            for (var number = 0; number < count; number++)
            {
                foreach (var share in BatchShare.Divide(batchSize, processes, _ => { }))
                {
                    batches.Load(number, share).Dispose();
                }
            }

            var divided = loaded.ToList();
            loaded.Clear();
            Enumerable.Range(0, count).ToList().ForEach(number => batches.Load(number).Dispose());
            Assert.Equal(loaded, divided);
            Assert.Equal(Enumerable.Range(0, count).SelectMany(number => batches.Indices(number)), loaded.Select(visit => visit.Index));
            Assert.All(loaded.Chunk(count), epoch => Assert.Equal(Enumerable.Range(0, count), epoch.Select(visit => visit.Index).Order()));
            Assert.Equal(loaded.Count, loaded.Select(visit => visit.RandomBits).Distinct().Count());
        });

    [Fact]
    public void Single_pass_holds_every_example_once_in_order() => Gen.Select(Gen.Int[1, 30], Gen.Int[1, 10]).Check(60, sizes =>
    {
        var (count, batchSize) = sizes;
        using var examples = new Numbers(count);
        var names = BatchSequence.SinglePass(examples, batchSize, CPU).Select(batch => batch.Names).ToList();
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"clip{i}.gif"), names.SelectMany(batch => batch));
        Assert.All(names.SkipLast(1), batch => Assert.Equal(batchSize, batch.Count));
    });

    private static void Covers(long examples, IReadOnlyList<(long First, long Count)> parts)
    {
        var next = 0L;
        foreach (var (first, count) in parts)
        {
            Assert.Equal(next, first);
            next += count;
        }

        Assert.Equal(examples, next);
        Assert.InRange(parts.Max(part => part.Count) - parts.Min(part => part.Count), 0, 1);
    }

    private sealed record Numbers(int Count) : IExamples<ClipBatch>
    {
        public string Fingerprint => "";

        public IReadOnlyList<string?> Captions => [.. Enumerable.Range(0, Count).Select(i => $"clip {i}")];

        public ClipBatch Get(ReadOnlySpan<SampledExample> visits, Device device) => ToyTask.Load(SampledExample.Indices(visits));

        public void Dispose()
        {
        }
    }
}
