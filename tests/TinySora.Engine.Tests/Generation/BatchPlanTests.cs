using TinySora.Engine.Errors;
using TinySora.Engine.Generation;

namespace TinySora.Engine.Tests.Generation;

public sealed class BatchPlanTests
{
    private static readonly GenerationRequest s_request = new() { OutputPath = "out" };

    [Fact]
    public void Many_videos_are_cut_into_batches_of_sixteen()
    {
        var plan = BatchPlan.For(s_request with { Count = 20 });
        Assert.Equal([(16, 0), (16, 15), (4, 0), (4, 3)], new[] { 0, 15, 16, 19 }.Select(plan.BatchOf));
        Assert.True(Enumerable.Range(0, 20).All(plan.IsWanted));
    }

    [Fact]
    public void Exact_videos_are_batches_of_one() =>
        Assert.Equal((1, 0), BatchPlan.For(s_request with { Count = 20, Exact = true }).BatchOf(7));

    [Fact]
    public void A_video_of_a_batch_is_repeated_among_its_neighbours_and_they_are_not_wanted()
    {
        var plan = BatchPlan.For(s_request with { Batch = (4, 2) });
        Assert.Equal((4, 2), plan.BatchOf(2));
        Assert.Equal([false, false, true, false], Enumerable.Range(0, plan.Clips).Select(plan.IsWanted));
    }

    [Fact]
    public void Several_or_exact_videos_of_a_recipe_are_new_ones()
    {
        Assert.Equal(BatchPlan.For(s_request with { Count = 3 }), BatchPlan.For(s_request with { Count = 3, Batch = (4, 2) }));
        Assert.Equal(BatchPlan.For(s_request with { Exact = true }), BatchPlan.For(s_request with { Exact = true, Batch = (4, 2) }));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(17, 0)]
    [InlineData(4, 4)]
    [InlineData(4, -1)]
    [InlineData(int.MaxValue, 5)]
    public void A_place_that_no_batch_has_is_refused(int length, int index) => Assert.Equal(
        "TinySora.Generation.BadBatch", Assert.Throws<TinySoraException>(() => BatchPlan.For(s_request with { Batch = (length, index) })).Id);
}
