using System.Diagnostics;
using TinySora.Engine.Families;

namespace TinySora.Benchmarks;

/// <summary>Records the duration of each sampling step, in seconds.</summary>
internal sealed class StepTimes : ISamplingObserver
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
