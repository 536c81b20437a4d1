using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class BatchSequenceTests
{
    [Fact]
    public void Every_epoch_holds_every_clip_once_also_where_batches_cross_its_end()
    {
        var batches = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 3 });

        var drawn = Enumerable.Range(0, 16).SelectMany(number => batches.Indices(number)).ToList();

        Assert.Equal(48, drawn.Count);
        Assert.All(drawn.Chunk(8), epoch => Assert.Equal(Enumerable.Range(0, 8), epoch.Order()));
        Assert.NotEqual(drawn[..8], drawn[8..16]);
    }

    [Fact]
    public void Batch_is_a_function_of_its_number_alone()
    {
        var forwards = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 3 });
        var expected = Enumerable.Range(0, 9).Select(number => forwards.Indices(number)).ToList();

        var jumping = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 3 });

        Assert.All(new[] { 8, 0, 5, 2 }, number => Assert.Equal(expected[number], jumping.Indices(number)));
    }

    [Fact]
    public void Batch_may_be_larger_than_the_dataset()
    {
        var batches = ToyTask.Batches(new TrainerConfig { TrainBatchSize = 20 });
        Assert.Equal(20, batches.Indices(3).Length);
    }

    [Fact]
    public void About_half_of_the_clips_are_mirrored_and_always_the_same_ones()
    {
        using var scope = NewDisposeScope();
        var config = new TrainerConfig { TrainBatchSize = 200, HorizontalFlip = true };
        var plain = ToyTask.Load(ToyTask.Batches(config).Indices(4)).Clips;

        var clips = ToyTask.Batches(config).Load(4).Clips;

        Assert.Equal(clips.data<float>().ToArray(), ToyTask.Batches(config).Load(4).Clips.data<float>().ToArray());
        var mirrored = 0;
        for (var i = 0; i < 200; i++)
        {
            var isMirrored = clips[i].allclose(plain[i].flip(3));
            Assert.True(isMirrored || clips[i].allclose(plain[i]));
            mirrored += isMirrored ? 1 : 0;
        }

        Assert.InRange(mirrored, 70, 130);
    }
}
