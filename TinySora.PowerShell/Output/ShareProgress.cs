using System.Diagnostics;
using TinySora.Engine.Compute.Threads;

namespace TinySora.PowerShell.Output;

/// <summary>Shows a progress bar with the fraction of the work that is done. Estimates the remaining time from the average rate.</summary>
/// <param name="tokens">Number of tokens that the work generates, for showing tokens per second; 0 if it does not generate tokens.</param>
internal sealed class ShareProgress(PipelineWriter writer, string activity, string status, long tokens = 0) : IProgress<double>
{
    /// <summary>Minimum time after which the average rate is a good estimate.</summary>
    private static readonly TimeSpan MinTime = TimeSpan.FromSeconds(1);

    private readonly Stopwatch clock = Stopwatch.StartNew();

    public void Report(double value)
    {
        var rate = tokens == 0 || clock.Elapsed < MinTime ? "" : FormattableString.Invariant($", {value * tokens / clock.Elapsed.TotalSeconds:0} tokens/s");
        Report(value, status + rate);
    }

    public void Report(double share, string text) =>
        writer.Progress(activity, text, share, share > 0 && clock.Elapsed > MinTime ? clock.Elapsed * ((1 - share) / share) : null);
}

/// <summary>Shows progress over the files of a dataset.</summary>
internal sealed class DataProgressBar(PipelineWriter writer, string activity) : IProgress<ItemProgress>
{
    private readonly ShareProgress bar = new(writer, activity, "");

    /// <summary>Number of files reported as done.</summary>
    public int Count { get; private set; }

    public void Report(ItemProgress value)
    {
        Count = value.Done;
        bar.Report((double)value.Done / value.Total, $"{value.Done} of {value.Total}: {Path.GetFileName(value.Item)}");
    }
}
