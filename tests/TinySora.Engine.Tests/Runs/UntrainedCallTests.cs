using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed class UntrainedCallTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Call_outside_the_hours_changes_nothing()
    {
        var observer = new RecordingObserver();
        var request = new TrainingRequest { Config = TinyRun.Config, ResultsPath = folder.File("none"), Hours = TimeWindow.Parse("22:00-06:00") };
        var result = UntrainedCall.Outside(request, observer);
        Assert.Equal(("", 0, double.NaN, RunState.OutsideHours), (result.Checkpoint, result.Step, result.Loss, result.StoppedBecause));
        Assert.Equal("Training is allowed only between 22:00-06:00; nothing was done.", Assert.Single(observer.Messages));
        Assert.False(Directory.Exists(folder.File("none")));
    }

    [Fact]
    public void Call_after_the_end_returns_the_newest_checkpoint()
    {
        File.Copy(Repository.At("models", "shapes-lean.safetensors"), folder.File("step-00000007.safetensors"));
        var observer = new RecordingObserver();
        var request = new TrainingRequest { Config = TinyRun.Config, ResultsPath = folder.Path, Until = new(Time: new DateTime(2026, 1, 2, 3, 4, 0, DateTimeKind.Local)) };
        var result = UntrainedCall.Outside(request, observer);
        Assert.Equal(folder.File("step-00000007.safetensors"), result.Checkpoint);
        Assert.Equal("Training was allowed only until 2026-01-02 03:04; nothing was done.", Assert.Single(observer.Messages));
    }
}
