using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Newest_checkpoint_is_chosen_by_number_not_by_text()
    {
        Save((9, 0.5), (10, 0.6));
        File.Move(folder.File("step-00000009.safetensors"), folder.File("step-9.safetensors"));

        Assert.Equal([9, 10], CheckpointStore.List(folder.Path).Select(info => info.Step));
        Assert.Equal(10, CheckpointStore.Latest(folder.Path).Step);
    }

    [Fact]
    public void Three_newest_and_the_best_are_kept()
    {
        Save(3, (1, 0.9), (2, 0.1), (3, 0.8), (4, 0.7), (5, 0.6), (6, 0.5));

        var found = CheckpointStore.List(folder.Path);

        Assert.Equal([2, 4, 5, 6], found.Select(info => info.Step));
        Assert.Equal([true, false, false, false], found.Select(info => info.IsBest));
        Assert.Equal(0.1, found[0].Loss);
    }

    [Fact]
    public void Single_checkpoint_is_compared_with_the_others_in_its_folder()
    {
        Save((1, 0.5), (2, 0.3), (3, 0.4));
        File.Copy(folder.File("step-00000002.safetensors"), folder.File("copy.safetensors"));

        Assert.Equal(
            [false, true, false, false],
            new[] { "step-00000001", "step-00000002", "step-00000003", "copy" }
                .Select(name => Assert.Single(CheckpointStore.List(folder.File($"{name}.safetensors"))).IsBest));
    }

    [Fact]
    public void Best_checkpoint_of_a_folder_is_determined_once_for_many_files()
    {
        Save((1, 0.5), (2, 0.3), (3, 0.4));
        var bests = new Dictionary<string, string?>();
        Assert.False(CheckpointStore.List(folder.File("step-00000003.safetensors"), bests)[0].IsBest);
        File.WriteAllText(folder.File("step-00000001.safetensors"), "not read again");
        File.Delete(folder.File("step-00000002.safetensors"));
        Assert.False(CheckpointStore.List(folder.File("step-00000003.safetensors"), bests)[0].IsBest);
        Assert.True(CheckpointStore.List(folder.File("step-00000003.safetensors"))[0].IsBest);
    }

    /// <summary>The loss improves with each of the steps 1 to 6. Passing rows are written before the slash, failing rows after it.</summary>
    [Theory]
    [InlineData("ab/ ac/b abc/ -", 3)] // b fails at 2 after passing at 1; 4 was not tested
    [InlineData("a/b b/a", 1)] // another passing row does not make up for it
    [InlineData("- a/ a/b", 3)] // a row that never passed cannot get worse
    [InlineData("- -", 2)]
    [InlineData("a/ x", 2)] // the newest run has no rows
    public void Checkpoint_with_a_row_that_stopped_passing_is_not_the_best(string rows, int best)
    {
        var all = rows.Split(' ').Select(text => text == "x" ? null : text == "-" ? ExpectationResults.None
            : new ExpectationResults([.. text.Split('/')[0].Select(row => $"{row}")], [.. text.Split('/')[1].Select(row => $"{row}")])).ToList();
        Save(0, [.. all.Select((_, i) => (i + 1, 1.0 - (0.1 * i)))], all);
        Assert.Equal(best, CheckpointStore.Best(folder.Path).Step);
    }

    [Fact]
    public void All_checkpoints_are_kept_on_request()
    {
        Save(0, (1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6), (5, 0.5));
        Assert.Equal(5, CheckpointStore.List(folder.Path).Count);
    }

    [Fact]
    public void Description_is_read_back()
    {
        Save((4, 0.25));

        using var checkpoint = CheckpointStore.Load(folder.Path);

        Assert.Equal(4, checkpoint.Info.Step);
        Assert.Equal(0.25, checkpoint.Info.Loss);
        Assert.Equal("pixel-unet", checkpoint.Info.Family);
        Assert.Equal(new FileInfo(checkpoint.Info.Path).Length, checkpoint.Info.Length);
        Assert.Equal(3, checkpoint.Config.Trainer.TrainBatchSize);
        Assert.Equal(12345678901, checkpoint.Seed);
        Assert.Equal("print", checkpoint.DatasetFingerprint);
        Assert.Equal("[\"red\"]", checkpoint.TaskMetadata["words"]);
        Assert.Equal(TimeSpan.FromSeconds(1.5), checkpoint.Elapsed);
        Assert.InRange(checkpoint.Info.SavedAt, DateTime.Now.AddMinutes(-5), DateTime.Now.AddMinutes(5));
        Assert.Equal((4 * 3 * 2).ToString(), checkpoint.File.Metadata["data_position"]);
    }

    [Fact]
    public void Damaged_checkpoint_is_listed_with_its_problem_and_skipped()
    {
        Save((1, 0.9), (2, 0.8));
        Cut(folder.File("step-00000002.safetensors"));

        var found = CheckpointStore.List(folder.Path);

        Assert.Equal([true, false], found.Select(info => info.IsReadable));
        Assert.Equal(2, found[1].Step);
        Assert.Contains("is truncated", found[1].Problem, StringComparison.Ordinal);
        Assert.Equal(1, CheckpointStore.Latest(folder.Path).Step);
    }

    [Fact]
    public void Unreadable_newest_checkpoint_is_an_error_instead_of_a_fallback_to_an_older_one()
    {
        Save((1, 0.9), (2, 0.8));
        using (new FileStream(folder.File("step-00000002.safetensors"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal("TinySora.Checkpoint.CannotRead", ErrorOf(() => CheckpointStore.Load(folder.Path)));
        }

        Assert.Equal(2, CheckpointStore.Latest(folder.Path).Step);
    }

    [Fact]
    public void Damaged_checkpoint_is_an_error_if_named_explicitly()
    {
        Save((1, 0.9));
        Cut(folder.File("step-00000001.safetensors"));

        Assert.Equal("TinySora.Checkpoint.Truncated", ErrorOf(() => CheckpointStore.Load(folder.File("step-00000001.safetensors"))));
        Assert.Equal("TinySora.Checkpoint.NoneReadable", ErrorOf(() => CheckpointStore.Load(folder.Path)));
    }

    [Fact]
    public void Missing_path_empty_folder_and_foreign_file_have_their_own_errors()
    {
        Directory.CreateDirectory(folder.File("empty"));
        SafetensorsFile.Write(folder.File("other.safetensors"), new Dictionary<string, string>(), [("x", zeros([1]))]);

        Assert.Equal("TinySora.Checkpoint.NotFound", ErrorOf(() => CheckpointStore.List(folder.File("nowhere"))));
        Assert.Equal("TinySora.Checkpoint.NoneInFolder", ErrorOf(() => CheckpointStore.Latest(folder.File("empty"))));
        Assert.Equal("TinySora.Checkpoint.NotOurs", ErrorOf(() => CheckpointStore.Load(folder.File("other.safetensors"))));
        Assert.Empty(CheckpointStore.List(folder.File("empty")));
    }

    [Fact]
    public void Partially_written_file_is_not_a_checkpoint()
    {
        Save((1, 0.9));
        File.Copy(folder.File("step-00000001.safetensors"), folder.File("step-00000002.safetensors.partial"));
        Assert.Single(CheckpointStore.List(folder.Path));
    }

    [Fact]
    public void Invalid_metadata_is_reported()
    {
        Save((1, 0.9));
        using (var file = SafetensorsFile.Open(folder.File("step-00000001.safetensors")))
        {
            var metadata = file.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value);
            metadata["step"] = "many";
            SafetensorsFile.Write(folder.File("step-00000002.safetensors"), metadata, []);
        }

        Assert.Contains("'many' for step", CheckpointStore.List(folder.Path)[1].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_model_are_refused_with_every_difference()
    {
        Save((1, 0.9));
        using var checkpoint = CheckpointStore.Load(folder.Path);
        using var other = nn.Sequential(("first", nn.Linear(4, 9)), ("third", nn.Linear(9, 4)));

        var error = Assert.Throws<TinySoraException>(() => checkpoint.LoadWeights(other, averaged: true));

        Assert.Equal("TinySora.Checkpoint.OtherModel", error.Id);
        Assert.Contains("'first.weight' is (8, 4) in the file and (9, 4) in the model", error.Message, StringComparison.Ordinal);
        Assert.Contains("'third.bias' is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("'second.bias' is not part of the model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Averaged_weights_are_loaded_on_request()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        Save((1, 0.9));
        using var checkpoint = CheckpointStore.Load(folder.Path);

        checkpoint.LoadWeights(task.Model, averaged: true);
        Assert.All(task.Model.parameters(), parameter => Assert.Equal(2 * parameter.numel(), parameter.sum().item<float>()));

        checkpoint.LoadWeights(task.Model, averaged: false);
        Assert.All(task.Model.parameters(), parameter => Assert.Equal(parameter.numel(), parameter.sum().item<float>()));
    }

    [Fact]
    public void Only_checkpoints_can_be_removed()
    {
        Save((1, 0.9), (2, 0.8));
        Cut(folder.File("step-00000002.safetensors"));
        File.WriteAllText(folder.File("diary.txt"), "mine");

        CheckpointStore.Remove(folder.File("step-00000001.safetensors"));
        CheckpointStore.Remove(folder.File("step-00000002.safetensors"));

        Assert.Empty(CheckpointStore.List(folder.Path));
        Assert.Equal("TinySora.Checkpoint.NotOurs", ErrorOf(() => CheckpointStore.Remove(folder.File("diary.txt"))));
        Assert.Equal("TinySora.Checkpoint.NotFound", ErrorOf(() => CheckpointStore.Remove(folder.File("nothing"))));
        Assert.True(File.Exists(folder.File("diary.txt")));
    }

    [Fact]
    public void Checkpoint_that_cannot_be_deleted_is_a_clear_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has names of open files that nobody may delete.");

        Save((1, 0.9));
        using var open = File.OpenRead(folder.File("step-00000001.safetensors"));
        var name = $"/proc/self/fd/{open.SafeFileHandle.DangerousGetHandle()}";

        var error = Assert.Throws<TinySoraException>(() => CheckpointStore.Remove(name));

        Assert.Equal(("TinySora.Checkpoint.CannotRemove", (object)name), (error.Id, error.Target));
        Assert.Single(CheckpointStore.List(folder.Path));
    }

    private static string ErrorOf(Action action) => Assert.Throws<TinySoraException>(action).Id;

    private static string ErrorOf(Func<object> action) => Assert.Throws<TinySoraException>(action).Id;

    private static void Cut(string path)
    {
        using var stream = File.OpenWrite(path);
        stream.SetLength(stream.Length - 4);
    }

    private void Save(params (int Step, double Loss)[] checkpoints) => Save(3, checkpoints);

    private void Save(int keep, params (int Step, double Loss)[] checkpoints) => Save(keep, checkpoints, null);

    private void Save(int keep, (int Step, double Loss)[] checkpoints, List<ExpectationResults?>? rows)
    {
        using var task = new ToyTask();
        var config = new TrainerConfig { TrainBatchSize = 3, GradientAccumulateEvery = 2 };
        using var state = new TrainingState(task.Model, config);
        using (no_grad())
        {
            state.Groups[0].Parameters.Values.fill_(1);
            state.Groups[0].Average.fill_(2);
        }

        foreach (var (step, loss) in checkpoints)
        {
            state.Rows = rows?[step - 1];
            (state.Step, state.Loss, state.Elapsed) = (step, loss, TimeSpan.FromSeconds(1.5));
            var run = new RunDescription(new RunConfig { Trainer = config }, 12345678901, "print", task.Metadata);
            CheckpointStore.Save(folder.Path, state, run, keep);
        }
    }
}
