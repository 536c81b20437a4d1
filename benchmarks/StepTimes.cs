using System.Diagnostics;

namespace TinySora.Benchmarks;

/// <summary>Seconds between the reports of a sampler.</summary>
internal sealed class StepTimes : IProgress<int>
{
    private readonly Stopwatch clock = new();

    public List<double> Seconds { get; } = [];

    public void Restart()
    {
        Seconds.Clear();
        clock.Restart();
    }

    public void Report(int value)
    {
        Seconds.Add(clock.Elapsed.TotalSeconds);
        clock.Restart();
    }
}
