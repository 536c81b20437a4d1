using TinySora.Engine.Compute.Threads;

namespace TinySora.Engine.Tests.Compute.Threads;

public sealed class FreeCoresTests
{
    [Theory]
    [InlineData(1.95, 2, 2)]    // a quiet machine: the rest is the counting itself
    [InlineData(1.33, 2, 1)]    // one other thread on two cores: a third of the time is its
    [InlineData(1.0, 2, 1)]
    [InlineData(0.2, 2, 1)]     // never none
    [InlineData(15.5, 16, 15)]
    [InlineData(15.9, 16, 16)]
    [InlineData(4.4, 4, 4)]     // clocks of coarse grain
    public void Cores_are_free_when_nearly_all_of_their_time_is(double cores, int processors, int free) =>
        Assert.Equal(free, FreeCores.Round(cores, processors));

    [Fact]
    public void Trial_gets_some_time_and_no_more_than_there_is()
    {
        Assert.InRange(FreeCores.Try(2), 1e-3, Environment.ProcessorCount + 0.5);
        Assert.InRange(FreeCores.Count, 1, Environment.ProcessorCount);
        Assert.Equal(FreeCores.Count, FreeCores.Count);
    }
}
