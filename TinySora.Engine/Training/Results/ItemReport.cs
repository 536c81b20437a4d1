using System.Diagnostics;
using TinySora.Engine.Compute;

namespace TinySora.Engine.Training;

/// <summary>Says every few seconds how far work on many items has come.</summary>
internal sealed class ItemReport(ITrainingObserver observer, string done, string items) : IProgress<ItemProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public void Report(ItemProgress value)
    {
        lock (clock)
        {
            if (clock.Elapsed >= Interval)
            {
                clock.Restart();
                observer.Message($"{done} {value.Done} of {value.Total} {items}.");
            }
        }
    }
}
