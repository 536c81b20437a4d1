using TinySora.Engine.Families;

namespace TinySora.Engine.Generation;

/// <summary>Turns units of work of batches side by side into a share of all clips, at once and on the thread that reports.</summary>
/// <param name="whole">Told the share, from 0 to 1.</param>
/// <param name="clips">Clips in all batches.</param>
internal sealed class BatchProgress(IProgress<double>? whole, int clips)
{
    private readonly object access = new();
    private double done;

    /// <summary>The observer of one batch, which reports its share of the whole.</summary>
    /// <param name="batch">Clips in it.</param>
    /// <param name="units">Units of work that it takes.</param>
    public ISamplingObserver Of(int batch, int units) => new Part(this, (double)batch / units / clips);

    private void Add(double share)
    {
        lock (access)
        {
            done += share;
            whole?.Report(Math.Min(done, 1));
        }
    }

    private sealed class Part(BatchProgress all, double perUnit) : ISamplingObserver
    {
        private int reported;

        public void Report(int value)
        {
            all.Add((value - reported) * perUnit);
            reported = value;
        }
    }
}
