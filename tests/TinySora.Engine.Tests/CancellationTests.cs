using TinySora.Engine.Data;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Studio;
using TinySora.Engine.Tests.Studio;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests;

/// <summary>Long-running work of a single call ends when its token is cancelled and leaves no file behind.</summary>
public sealed class CancellationTests : IDisposable
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("clip.gif")]
    [InlineData("clip.png")]
    public void Cancelled_clip_is_neither_read_nor_written(string name)
    {
        var clip = Clip.Black(1, 8, 8, 3);
        Assert.Throws<OperationCanceledException>(() => ClipFile.Write(folder.File(name), clip, cancellationToken: Cancelled));
        Assert.Empty(Directory.GetFiles(folder.Path));

        ClipFile.Write(folder.File(name), clip);
        Assert.Throws<OperationCanceledException>(() => ClipFile.Read(folder.File(name), cancellationToken: Cancelled));
    }

    [Fact]
    public void Search_of_a_folder_and_drawing_of_a_sheet_stop()
    {
        var clip = Clip.Black(1, 8, 8, 3);
        ClipFile.Write(folder.File("clip.gif"), clip);
        Assert.Throws<OperationCanceledException>(() => ClipSource.Find(folder.Path, Cancelled));
        Assert.Throws<OperationCanceledException>(() => DatasetPreview.Draw(folder.Path, 1, 1, 0, _ => { }, Cancelled));
        Assert.Throws<OperationCanceledException>(() => ContactSheet.Draw([(clip, "")], cancellationToken: Cancelled));
        Assert.Throws<OperationCanceledException>(() => ContactSheet.Grid([clip], cancellationToken: Cancelled));
    }

    [Fact]
    public void Reading_of_metrics_and_pictures_of_runs_stops()
    {
        using var runs = new TwoRuns();
        var run = Path.Combine(runs.Folder, "adamw");
        Assert.Throws<OperationCanceledException>(() => MetricsFile.Read(run, Cancelled));
        Assert.Throws<OperationCanceledException>(() => LossCurve.Draw(run, cancellationToken: Cancelled));
        Assert.Throws<OperationCanceledException>(() => RunReport.Of([run], Cancelled));
    }

    [Fact]
    public void Cancelled_weights_are_not_written()
    {
        using var weight = zeros(2);
        Assert.Throws<OperationCanceledException>(
            () => SafetensorsFile.Write(folder.File("w.safetensors"), new Dictionary<string, string>(), [("weight", weight)], cancellationToken: Cancelled));
        var root = new Dictionary<string, object> { ["weight"] = new StoredTensor(float32, [2], weight.clone) };
        Assert.Throws<OperationCanceledException>(() => PyTorchFile.Write(folder.File("w.pt"), root, cancellationToken: Cancelled));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
