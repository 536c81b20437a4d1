using TinySora.Engine.Compute.Threads;
using TorchSharp;

namespace TinySora.Engine.Tests.Compute.Threads;

public sealed class ThreadTunerTests
{
    [Theory]
    [InlineData(2, 1.0, 4, 1)]
    [InlineData(2, 1.55, 4, 1)]
    [InlineData(2, 1.65, 4, 2)]    // more than half of the second core is left: switching costs more
    [InlineData(1, 1.7, 4, 1)]
    [InlineData(1, 1.8, 4, 2)]
    [InlineData(2, 3.9, 4, 4)]
    [InlineData(4, 0.1, 4, 1)]     // at least one
    [InlineData(8, 4.0, 4, 4)]
    public void Threads_follow_the_free_cores_and_ignore_small_changes(int current, double cores, int processors, int wanted) =>
        Assert.Equal(wanted, ThreadTuner.Wanted(current, cores, processors));

    [Fact]
    public void Two_measurements_must_agree_and_none_is_made_in_between() => EngineThread.Run(() =>
    {
        Assert.SkipWhen(Environment.ProcessorCount == 1, "This process has one processor.");
        var own = torch.get_num_threads();
        try
        {
            var clock = new Clock();
            var looks = 0;
            var cores = 1.0;
            var tuner = new ThreadTuner(() => { looks++; return cores; }, clock);
            torch.set_num_threads(2);

            Assert.Null(After(TimeSpan.FromSeconds(19)));
            Assert.Equal(0, looks);
            Assert.Null(After(TimeSpan.FromSeconds(2)));
            Assert.Equal((1, 2), (looks, torch.get_num_threads()));
            cores = Environment.ProcessorCount;
            Assert.Null(After(ThreadTuner.Confirmation));

            cores = 1;
            Assert.Null(After(ThreadTuner.Interval));
            Assert.StartsWith("1 thread instead of 2: 1.0 of ", After(ThreadTuner.Confirmation), StringComparison.Ordinal);
            Assert.Equal((4, 1), (looks, torch.get_num_threads()));
            Assert.Null(After(ThreadTuner.Interval));
            Assert.Equal(1, torch.get_num_threads());

            string? After(TimeSpan time)
            {
                clock.Now += time;
                return tuner.Tune();
            }
        }
        finally
        {
            torch.set_num_threads(own);
        }
    });

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
