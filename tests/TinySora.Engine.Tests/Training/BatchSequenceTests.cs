using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Tests.Data.Examples;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class BatchSequenceTests
{
    [Fact]
    public void Every_epoch_holds_every_clip_once_even_if_batches_cross_its_end()
    {
        var batches = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 3 });

        var drawn = Enumerable.Range(0, 16).SelectMany(number => batches.Indices(number)).ToList();

        Assert.Equal(48, drawn.Count);
        Assert.All(drawn.Chunk(8), epoch => Assert.Equal(Enumerable.Range(0, 8), epoch.Order()));
        Assert.NotEqual(drawn[..8], drawn[8..16]);
    }

    [Fact]
    public void Batch_depends_only_on_its_number()
    {
        var forwards = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 3 });
        var expected = Enumerable.Range(0, 9).Select(number => forwards.Indices(number)).ToList();

        var jumping = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 3 });

        Assert.All(new[] { 8, 0, 5, 2 }, number => Assert.Equal(expected[number], jumping.Indices(number)));
    }

    /// <summary>Five clips with one caption, two with another and one with a third: each caption comes up in every round of three, across epochs.</summary>
    [Fact]
    public void Captions_alternate_and_each_shows_all_its_clips_before_repeating_one()
    {
        int[][] groups = [[0, 2, 4, 6, 7], [1, 5], [3]];

        var visits = Enumerable.Range(0, 30).SelectMany(epoch => SampledExample.BalancedOrder(7, epoch, groups, 8)).ToList();

        Assert.All(visits.Chunk(3), round => Assert.Equal([0, 1, 2], round.Select(GroupOf).Order()));
        Assert.All(groups.Index(), group => Assert.All(visits.Where(visit => GroupOf(visit) == group.Index).Chunk(group.Item.Length),
            cycle => Assert.Equal(group.Item, cycle.Order())));
        Assert.Equal(visits[40..48], SampledExample.BalancedOrder(7, 5, groups, 8));
        Assert.True(visits.Chunk(3).Select(round => string.Concat(round.Select(GroupOf))).Distinct().Count() > 3);

        int GroupOf(int visit) => Array.FindIndex(groups, group => group.Contains(visit));
    }

    /// <summary>Epochs cut to two of four batches. If positions did not skip the cut part, a caption would repeat a clip before showing all six.</summary>
    [Fact]
    public void Balanced_captions_alternate_across_shortened_epochs()
    {
        string[] captions = ["a", "a", "b", "a", "a", "b", "a", "a"];
        using var examples = new CaptionedExamples(captions);
        var batches = new BatchSequence(examples, new TrainerConfig { TrainBatchSize = 2, LimitTrainBatches = 0.5, BalanceCaptions = true }, 7, CPU);

        var visits = Enumerable.Range(0, 18).SelectMany(number => batches.Indices(number)).ToList();

        Assert.Equal(4, batches.Count);
        Assert.All(visits.Chunk(2), turn => Assert.Equal(["a", "b"], turn.Select(i => captions[i]).Order()));
        Assert.All(visits.Where(i => captions[i] == "a").Chunk(6), cycle => Assert.Equal(6, cycle.Distinct().Count()));
        Assert.All(visits.Where(i => captions[i] == "b").Chunk(2), cycle => Assert.Equal(2, cycle.Distinct().Count()));
    }

    [Fact]
    public void Clips_with_a_balanced_word_come_up_as_often_as_all_others()
    {
        string?[] captions = ["a red circle", "a blue circle", "A pink, star", "a green star", null, "lime"];
        using var examples = new CaptionedExamples(captions);
        var batches = new BatchSequence(examples, new TrainerConfig { TrainBatchSize = 2, BalanceWords = "pink lime" }, 7, CPU);

        var visits = Enumerable.Range(0, 60).SelectMany(number => batches.Indices(number)).ToList();

        Assert.All(visits.Chunk(2), turn => Assert.Single(turn, i => i is 2 or 5));
        Assert.Equal([0, 1, 2, 3, 4, 5], visits.Distinct().Order());
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(2, 5)]
    public void Several_other_clips_come_up_for_each_with_a_balanced_word(int first, int second)
    {
        using var examples = new CaptionedExamples([.. Enumerable.Range(0, 9).Select(i => i == first || i == second ? "a pink star" : "a red circle")]);
        var batches = new BatchSequence(examples, new TrainerConfig { TrainBatchSize = 4, BalanceWords = "pink", BalanceOthers = 3 }, 7, CPU);

        var visits = Enumerable.Range(0, 60).SelectMany(number => batches.Indices(number)).ToList();

        Assert.All(visits.Chunk(4), turn => Assert.Single(turn, i => i == first || i == second));
        Assert.Equal(Enumerable.Range(0, 9), visits.Distinct().Order());
    }

    [Fact]
    public void Number_of_other_clips_does_not_depend_on_the_positions_of_balanced_words()
    {
        using var examples = new CaptionedExamples([.. Enumerable.Range(0, 12).Select(i => i % 4 == 0 ? "a pink star" : "a red circle")]);
        var batches = new BatchSequence(examples, new TrainerConfig { TrainBatchSize = 5, BalanceWords = "pink", BalanceOthers = 4 }, 7, CPU);

        var visits = Enumerable.Range(0, 60).SelectMany(number => batches.Indices(number)).ToList();

        Assert.All(visits.Chunk(5), turn => Assert.Single(turn, i => i % 4 == 0));
    }

    [Fact]
    public void Batch_may_be_larger_than_the_dataset()
    {
        var batches = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 20 });
        Assert.Equal(20, batches.Indices(3).Length);
    }

    /// <summary>Clips whose values all differ, so that a mirrored frame is recognized. Either all frames of a clip are mirrored or none.</summary>
    [Fact]
    public void About_half_of_the_clips_are_mirrored_reproducibly()
    {
        using var scope = NewDisposeScope();
        static ClipBatch Load(int[] indices) => new(
            arange(2 * 3 * 4 * 5, ScalarType.Float32).view(1, 2, 3, 4, 5) + tensor(indices).to(ScalarType.Float32).view(-1, 1, 1, 1, 1) * 1000,
            [.. indices.Select(i => $"clip {i}")], [.. indices.Select(i => $"clip{i}.gif")]);
        static BatchSequence Batches() => new(
            8, 200, 7, epoch => [.. Enumerable.Range(0, 8).Select(i => (i + epoch) % 8)],
            visits => Load([.. visits.Select(visit => visit.Index)]).Mirrored(visits));
        var indices = Batches().Indices(4);
        var plain = Load(indices).Clips;

        var batch = (ClipBatch)Batches().Load(4);

        Assert.Equal(indices.Select(i => $"clip {i}"), batch.Captions);
        Assert.Equal(batch.Clips.data<float>().ToArray(), ((ClipBatch)Batches().Load(4)).Clips.data<float>().ToArray());
        var mirrored = new List<bool>();
        for (var i = 0; i < 200; i++)
        {
            // (C, F, H, W)
            mirrored.Add(batch.Clips[i].allclose(plain[i].flip(3), 0, 0));
            Assert.True(mirrored[^1] || batch.Clips[i].allclose(plain[i], 0, 0));
        }

        Assert.InRange(mirrored.Count(m => m), 70, 130);

        // The clip may be mirrored differently the next time it comes up.
        Assert.Equal([false, true], indices.Zip(mirrored).Where(clip => clip.First == 3).Select(clip => clip.Second).Distinct().Order());
    }
}
