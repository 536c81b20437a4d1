using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>The checkpoint that a request for training resumes from.</summary>
public sealed class ContinuationTests : IDisposable
{
    private static readonly TrainingRequest Request = new() { Config = new() };

    private readonly TemporaryFolder folder = new();
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Folder_without_checkpoints_starts_a_new_run_unless_the_request_is_to_resume()
    {
        foreach (var path in new[] { folder.Path, folder.File("missing") })
        {
            Assert.Null(Continuation.Find(Request, path, warnings.Add));
            Assert.Equal("TinySora.Training.NothingToResume", Fails(Request with { Resume = true }, path).Id);
            Assert.Equal("TinySora.Training.NothingToResume", Fails(Request with { FromStep = 0 }, path).Id);
        }
    }

    [Fact]
    public void Newest_checkpoint_or_that_of_the_step_is_chosen()
    {
        Save(2, 4, 6);
        Assert.Equal(6, Continuation.Find(Request, folder.Path, warnings.Add)!.Step);
        Assert.Equal(4, Continuation.Find(Request with { FromStep = 4, Resume = true }, folder.Path, warnings.Add)!.Step);
        var error = Fails(Request with { FromStep = 5 }, folder.Path);
        Assert.Equal(("TinySora.Training.NoSuchStep", 5), (error.Id, error.Target));
        Assert.Contains("2, 4, 6", error.Advice, StringComparison.Ordinal);
        Assert.Empty(warnings);
    }

    [Fact]
    public void Damaged_checkpoints_are_skipped_with_a_warning()
    {
        Save(2, 4);
        File.WriteAllText(CheckpointStore.PathOf(folder.Path, 4), "damaged");
        Assert.Equal(2, Continuation.Find(Request, folder.Path, warnings.Add)!.Step);
        Assert.Contains("step-00000004", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.EndsWith(" This checkpoint is skipped.", warnings[0], StringComparison.Ordinal);
        Assert.Equal("TinySora.Training.NoSuchStep", Fails(Request with { FromStep = 4 }, folder.Path).Id);

        File.WriteAllText(CheckpointStore.PathOf(folder.Path, 2), "damaged");
        var error = Fails(Request, folder.Path);
        Assert.Equal("TinySora.Checkpoint.NoneReadable", error.Id);
        Assert.Contains("step-00000002", error.Message, StringComparison.Ordinal);
        Assert.Contains("step-00000004", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Training must not restart from an older checkpoint because another program has the newest one open.</summary>
    [Fact]
    public void Inaccessible_newest_checkpoint_is_an_error_unless_the_step_of_another_one_is_requested()
    {
        Save(2, 4);
        using var locked = new FileStream(CheckpointStore.PathOf(folder.Path, 4), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal("TinySora.Checkpoint.CannotRead", Fails(Request, folder.Path).Id);
        Assert.Equal(2, Continuation.Find(Request with { FromStep = 2 }, folder.Path, warnings.Add)!.Step);
    }

    [Fact]
    public void Other_configuration_is_refused_with_the_keys_that_differ()
    {
        Save(2);
        var config = new RunConfig { Trainer = new() { TrainLr = 0.5, TrainNumSteps = 7 } };
        var error = Fails(Request with { Config = config }, folder.Path);
        Assert.Equal(("TinySora.Training.OtherConfiguration", folder.Path), (error.Id, error.Target));
        Assert.Contains("trainer.train_lr: 0.0001 in the checkpoint, 0.5 in this configuration", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("train_num_steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("trainer.seed: null in the checkpoint, 3", Fails(Request with { Seed = 3 }, folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_without_an_adapter_is_not_resumed_as_an_adapter()
    {
        Save(2);
        var error = Fails(Request with { Adapter = "cat" }, folder.Path);
        Assert.Equal("TinySora.Adapter.OtherRun", error.Id);
        Assert.Contains("trains all weights, but the request is to train the adapter 'cat'", error.Message, StringComparison.Ordinal);
    }

    private TinySoraException Fails(TrainingRequest request, string path) =>
        Assert.Throws<TinySoraException>(() => Continuation.Find(request, path, warnings.Add));

    private void Save(params int[] steps)
    {
        using var task = new ToyTask();
        using var state = new TrainingState(task, new());
        foreach (var step in steps)
        {
            state.Step = step;
            CheckpointStore.Save(folder.Path, state, new(new(), 1, "print", task.Metadata), keep: 0);
        }
    }
}
