using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>The files in a results folder that are checkpoints, and the best one among them.</summary>
public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("highest val.psnr", 2)]
    [InlineData("val.psnr", 3)]
    [InlineData("loss", 1)]
    public void Metric_of_the_newest_checkpoint_selects_the_best(string metric, int best)
    {
        Save(1, 0.1, null, "loss");
        Save(2, 0.2, 30, "loss");
        Save(3, 0.3, 20, "val.psnr");
        Save(4, 0.4, 25, metric);
        Assert.Equal(best, CheckpointStore.Best(folder.Path).Step);
        Assert.Equal([best], CheckpointStore.List(folder.Path).Where(info => info.IsBest).Select(info => info.Step));
    }

    [Fact]
    public void Folder_has_no_best_checkpoint_if_the_metric_was_never_measured()
    {
        Save(1, 0.1, 30, "val.loss");
        var error = Assert.Throws<TinySoraException>(() => CheckpointStore.Best(folder.Path));
        Assert.Equal("TinySora.Checkpoint.NoBest", error.Id);
        Assert.Contains("val.loss", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step-00000001.safetensors", 1)]
    [InlineData("step-7.safetensors", 7)]
    [InlineData("step-2147483647.safetensors", int.MaxValue)]
    [InlineData("step-2147483648.safetensors", null)]
    [InlineData("step--1.safetensors", null)]
    [InlineData("step- 1.safetensors", null)]
    [InlineData("step-.safetensors", null)]
    [InlineData("step-1.safetensors.partial", null)]
    [InlineData("my-step-1.safetensors", null)]
    [InlineData("Step-1.safetensors", null)]
    [InlineData("adapter.safetensors", null)]
    public void File_name_gives_the_step(string name, int? step)
    {
        Assert.Equal(step, CheckpointStore.StepOf(folder.File(name)));
        File.WriteAllText(folder.File(name), "damaged");
        Assert.Equal(step is not null, CheckpointStore.IsIn(folder.Path));
        Assert.Equal(step is null ? [] : [step.Value], CheckpointStore.List(folder.Path).Select(info => info.Step));
        Assert.Equal(step is null ? [] : [folder.File(name)], CheckpointStore.PathsIn(folder.Path));
    }

    [Fact]
    public void Empty_files_folders_and_links_are_not_paths_of_checkpoints()
    {
        Needs.Links(folder.Path);
        Save(1, 0.1);
        File.WriteAllText(folder.File("step-2.safetensors"), "");
        Directory.CreateDirectory(folder.File("step-3.safetensors"));
        File.CreateSymbolicLink(folder.File("step-4.safetensors"), folder.File("step-00000001.safetensors"));
        Assert.Equal([folder.File("step-00000001.safetensors")], CheckpointStore.PathsIn(folder.Path));
        Assert.False(CheckpointStore.IsIn(folder.File("nothing")));
    }

    /// <summary>A user may name a link; a link that a folder contains may lead anywhere, so it is not followed.</summary>
    [Fact]
    public void Link_is_followed_only_if_it_is_specified_itself()
    {
        Needs.Links(folder.Path);
        Save(1, 0.1);
        File.CreateSymbolicLink(folder.File("step-00000002.safetensors"), folder.File("step-00000001.safetensors"));
        Assert.Equal([true, false], CheckpointStore.List(folder.Path).Select(info => info.IsReadable));
        Assert.Equal(1, CheckpointStore.Latest(folder.File("step-00000002.safetensors")).Step);
    }

    [Fact]
    public void Newest_readable_checkpoint_skips_damaged_and_inaccessible_ones()
    {
        Save(1, 0.1);
        Save(2, 0.1);
        File.WriteAllText(CheckpointStore.PathOf(folder.Path, 3), "damaged");
        using (new FileStream(CheckpointStore.PathOf(folder.Path, 2), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(1, CheckpointStore.NewestReadable(folder.Path)!.Step);
        }

        Assert.Equal(2, CheckpointStore.NewestReadable(folder.Path)!.Step);
        File.WriteAllText(CheckpointStore.PathOf(folder.Path, 2), "damaged");
        File.WriteAllText(CheckpointStore.PathOf(folder.Path, 1), "damaged");
        Assert.Null(CheckpointStore.NewestReadable(folder.Path));
    }

    [Fact]
    public void Damaged_checkpoints_are_neither_counted_nor_deleted_when_older_ones_are_removed()
    {
        Save(1, 0.1);
        Save(2, 0.2);
        File.WriteAllText(CheckpointStore.PathOf(folder.Path, 3), "damaged");
        Save(4, 0.4, keep: 1);
        Assert.Equal([1, 3, 4], CheckpointStore.List(folder.Path).Select(info => info.Step));
    }

    [Fact]
    public void Weights_with_another_name_may_be_removed_if_they_are_a_checkpoint()
    {
        Save(1, 0.1);
        File.Move(folder.File("step-00000001.safetensors"), folder.File("mine.safetensors"));
        SafetensorsFile.Write(folder.File("other.safetensors"), new Dictionary<string, string>(), [("x", zeros([1]))]);
        CheckpointStore.CheckOurs(folder.File("mine.safetensors"));
        Assert.Equal(
            "TinySora.Checkpoint.NotOurs", Assert.Throws<TinySoraException>(() => CheckpointStore.CheckOurs(folder.File("other.safetensors"))).Id);
    }

    [Fact]
    public void Missing_and_empty_folders_suggest_files_to_import()
    {
        File.WriteAllText(folder.File("latte.pt"), "");
        Assert.Contains("latte.pt", Assert.Throws<TinySoraException>(() => CheckpointStore.List(folder.File("latte"))).Advice, StringComparison.Ordinal);
        Assert.Contains("latte.pt", Assert.Throws<TinySoraException>(() => CheckpointStore.Latest(folder.Path)).Advice, StringComparison.Ordinal);
    }

    private void Save(int step, double loss, double? psnr = null, string bestBy = "loss", int keep = 0)
    {
        using var task = new ToyTask();
        var config = new TrainerConfig { BestBy = bestBy, ValidateEvery = 1 };
        using var state = new TrainingState(task, config)
        {
            Step = step, Loss = loss,
            Validated = psnr is double value ? new Dictionary<string, double> { ["val.psnr"] = value } : new Dictionary<string, double>(),
        };
        CheckpointStore.Save(folder.Path, state, new(new() { Trainer = config }, 1, "print", task.Metadata), keep);
    }
}
