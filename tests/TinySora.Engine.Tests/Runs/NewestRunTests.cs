using TinySora.Engine.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

/// <summary>Runs whose checkpoints are bundled models.</summary>
public sealed class NewestRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Saved => folder.File("saved");

    private string Below => folder.File("runs");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(RunNeed.Run, "begun")]
    [InlineData(RunNeed.Checkpoint, "autoencoder", "has no checkpoint yet")]
    [InlineData(RunNeed.Base, "autoencoder", "has no checkpoint yet")]
    [InlineData(RunNeed.Autoencoder, "autoencoder", "has no checkpoint yet")]
    [InlineData(RunNeed.Video, "videos", "has no checkpoint yet")]
    public void Newest_run_that_meets_the_need_is_found(RunNeed need, string expected, string? lack = null)
    {
        Run("videos", "shapes-lean", age: 3);
        Run("autoencoder", "clips-vae", age: 2);
        Run("begun", null, age: 1);
        var newest = NewestRun.Find(Saved, Below, need);
        Assert.Equal(Path.Combine(Below, expected), newest.Folder);
        Assert.Equal(lack is null ? null : $"The newest run, '{Path.Combine(Below, "begun")}', {lack}.", newest.PassedOver);
    }

    [Fact]
    public void Reason_is_that_of_the_newest_run()
    {
        Run("videos", "shapes-lean", age: 3);
        Run("autoencoder", "clips-vae", age: 2);
        Assert.Contains("is an autoencoder.", NewestRun.Find(Saved, Below, RunNeed.Video).PassedOver, StringComparison.Ordinal);
        Run("more", "shapes-lean", age: 1);
        Assert.Contains("is not an autoencoder.", NewestRun.Find(Saved, Below, RunNeed.Autoencoder).PassedOver, StringComparison.Ordinal);
        Run("damaged", null, age: 0);
        File.WriteAllText(folder.File("runs", "damaged", "step-00000009.safetensors"), "damaged");
        var newest = NewestRun.Find(Saved, Below, RunNeed.Video);
        Assert.Contains("cannot be read (", newest.PassedOver, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(Below, "more"), newest.Folder);
        Assert.Equal(Path.Combine(Below, "damaged"), NewestRun.Find(Saved, Below, RunNeed.Checkpoint).Folder);
    }

    [Fact]
    public void Without_runs_there_is_neither_a_folder_nor_a_reason()
    {
        Assert.Equal(new NewestRun(null, null), NewestRun.Find(Saved, Below, RunNeed.Run));
        Directory.CreateDirectory(folder.File("runs", "empty"));
        Assert.Equal(new NewestRun(null, null), NewestRun.Find(Saved, Below, RunNeed.Run));
    }

    [Fact]
    public void Runs_in_progress_come_first_in_the_order_of_their_start()
    {
        Run("old", null, age: 9);
        Run("new", null, age: 1);
        Run("live", null, age: 30);
        Run("later", null, age: 20);
        Run(Path.Combine("..", "saved"), null, age: 5);
        using var first = Hold("live");
        using var second = Hold("later");
        Assert.Equal(["later", "live", "new", "saved", "old"], NewestRun.Folders(Saved, Below).Select(Path.GetFileName));
    }

    private FileStream Hold(string name)
    {
        var held = FileLock.TryTake(Path.Combine(Below, name, ".lock"));
        Assert.NotNull(held);
        return held;
    }

    /// <param name="model">Bundled model that is the run's checkpoint.</param>
    /// <param name="age">Minutes since the run began, and since it was updated.</param>
    private void Run(string name, string? model, int age)
    {
        var path = Directory.CreateDirectory(Path.Combine(Below, name)).FullName;
        var time = DateTime.UtcNow.AddMinutes(-age);
        new RunStatus { State = RunState.Completed, StartedAt = time }.Write(path);
        File.SetLastWriteTimeUtc(Path.Combine(path, RunStatus.Name), time);
        if (model is not null)
        {
            var checkpoint = Path.Combine(path, "step-00000001.safetensors");
            File.Copy(Repository.At("models", $"{model}.safetensors"), checkpoint);
            File.SetLastWriteTimeUtc(checkpoint, time);
        }
    }
}
