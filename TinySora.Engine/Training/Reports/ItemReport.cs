using System.Diagnostics;
using TinySora.Engine.Compute.Threads;

namespace TinySora.Engine.Training.Reports;

/// <summary>Reports the progress of processing many items, every few seconds.</summary>
internal sealed class ItemReport(ITrainingObserver observer, string done, string items) : IProgress<ItemProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(0.25);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Stopwatch sinceShown = Stopwatch.StartNew();

    public void Report(ItemProgress value)
    {
        lock (clock)
        {
            var text = $"{done} {value.Done} of {value.Total} {items}";
            if (sinceShown.Elapsed >= Shown)
            {
                sinceShown.Restart();
                observer.Starting(text);
            }

            if (clock.Elapsed >= Interval)
            {
                clock.Restart();
                observer.Message(text + ".");
            }
        }
    }
}
