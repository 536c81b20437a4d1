using TinySora.Engine.Compute.Threads;

namespace TinySora.Engine.Tests.Compute.Threads;

public sealed class FreeCoresTests
{
    [Theory]
    [InlineData(1.95, 2, 2)]    // an idle machine: the measurement takes the rest
    [InlineData(1.33, 2, 1)]    // another thread takes a third of the time of two cores
    [InlineData(1.0, 2, 1)]
    [InlineData(0.2, 2, 1)]     // at least one
    [InlineData(15.5, 16, 15)]
    [InlineData(15.9, 16, 16)]
    [InlineData(4.4, 4, 4)]     // coarse clocks
    public void Cores_are_free_if_nearly_all_of_their_time_is(double cores, int processors, int free) =>
        Assert.Equal(free, FreeCores.Round(cores, processors));

    [Fact]
    public void The_trial_gets_some_time_and_at_most_all()
    {
        Assert.InRange(FreeCores.Measure(2), 1e-3, Environment.ProcessorCount + 0.5);
        Assert.InRange(FreeCores.Count, 1, Environment.ProcessorCount);
        Assert.Equal(FreeCores.Count, FreeCores.Count);
    }
}
