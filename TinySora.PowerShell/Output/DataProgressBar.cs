using TinySora.Engine.Compute.Threads;

namespace TinySora.PowerShell.Output;

/// <summary>Shows which of the files of a dataset is at work.</summary>
internal sealed class DataProgressBar(PipelineWriter writer, string activity) : IProgress<ItemProgress>
{
    private readonly ShareProgress bar = new(writer, activity, "");

    /// <summary>Number of files that were reported as done.</summary>
    public int Count { get; private set; }

    public void Report(ItemProgress value)
    {
        Count = value.Done;
        bar.Report((double)value.Done / value.Total, $"{value.Done} of {value.Total}: {Path.GetFileName(value.Item)}");
    }
}
