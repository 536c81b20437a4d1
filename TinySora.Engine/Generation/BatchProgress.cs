using TinySora.Engine.Families;

namespace TinySora.Engine.Generation;

/// <summary>Combines the progress of concurrent batches into the completed fraction of all clips, and reports it on the calling thread.</summary>
/// <param name="whole">Object that receives the completed fraction of all clips, from 0 to 1.</param>
/// <param name="clips">Number of clips in all batches.</param>
internal sealed class BatchProgress(IProgress<double>? whole, int clips)
{
    private readonly object access = new();
    private double done;

    /// <summary>Creates an observer for one batch, which adds the batch's progress to that of all clips.</summary>
    /// <param name="batch">Number of clips in the batch.</param>
    /// <param name="units">Number of units of work in the batch.</param>
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
