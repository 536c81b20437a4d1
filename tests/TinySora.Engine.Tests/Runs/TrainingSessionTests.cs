using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Runs;

public sealed class TrainingSessionTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    /// <summary>Windows neither replaces nor deletes a memory-mapped file.</summary>
    [Fact]
    public void Resumed_run_closes_its_checkpoint_after_reading_it()
    {
        Needs.Proc();
        run.Train();
        List<bool> held = [];
        run.Train(null, trainer => trainer with { TrainNumSteps = 6 },
            onProgress: _ => held.Add(File.ReadAllText("/proc/self/maps").Contains("step-00000004.safetensors", StringComparison.Ordinal)));
        Assert.NotEmpty(held);
        Assert.DoesNotContain(true, held);
    }

    [Fact]
    public void Empty_folder_starts_a_run_with_checkpoints_metrics_and_its_configuration()
    {
        var result = run.Train();

        Assert.Equal((4, RunState.Completed, 6, 0), (result.Step, result.StoppedBecause, result.Clips, result.SkippedClips));
        Assert.Equal(CheckpointStore.Latest(run.Results).Path, result.Checkpoint);
        Assert.Equal([2, 4], CheckpointStore.List(run.Results).Select(info => info.Step));
        Assert.Equal([1, 2, 3, 4], MetricsFile.Read(run.Results).Select(record => record.Step));
        Assert.Empty(ConfigFile.Compare(TinyRun.Config, ConfigFile.Load(run.File("results", "config.yaml"))));
        Assert.True(double.IsFinite(result.Loss));
        Assert.Contains(run.Observer.Messages, text => text.Contains("Found 6 clips", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("config.yaml")]
    [InlineData("status.json")]
    [InlineData("dashboard.html")]
    [InlineData("metrics.jsonl")]
    [InlineData("notes.json")]
    [InlineData("loss.png")]
    [InlineData("sample-00000002.gif")]
    public void File_of_the_user_in_the_results_folder_is_kept_however_often_the_run_is_started(string name)
    {
        Directory.CreateDirectory(run.Results);
        File.WriteAllText(run.File("results", name), "mine");
        for (var i = 0; i < 2; i++)
        {
            var error = Assert.Throws<TinySoraException>(() => run.Train());
            Assert.Equal(("TinySora.Training.OutputExists", run.File("results", name)), (error.Id, error.Target));
            Assert.Equal([run.File("results", name)], Directory.GetFileSystemEntries(run.Results));
            Assert.Equal("mine", File.ReadAllText(run.File("results", name)));
        }

        // With -Force the file is moved aside.
        run.Train(request => request with { Force = true, MaxSteps = 1 });
        Assert.Equal("mine", File.ReadAllText(Assert.Single(Directory.GetFiles(run.Results, name, SearchOption.AllDirectories), path => path.Contains("old-"))));
    }

    [Fact]
    public void Configuration_edited_by_the_user_is_kept_and_one_written_by_a_run_is_replaced()
    {
        run.Train(request => request with { MaxSteps = 1 });
        var config = run.File("results", "config.yaml");
        var written = File.ReadAllText(config);
        run.Train(request => request with { MaxSteps = 2 }, trainer => trainer with { TrainNumSteps = 5 });
        Assert.NotEqual(written, File.ReadAllText(config));

        // A comment does not change what the run would write.
        File.AppendAllText(config, "# my notes\n");
        run.Train(request => request with { MaxSteps = 3 }, trainer => trainer with { TrainNumSteps = 5 });
        Assert.EndsWith("# my notes\n", File.ReadAllText(config), StringComparison.Ordinal);

        var edited = File.ReadAllText(config);
        Assert.DoesNotContain(run.Observer.Warnings, text => text.Contains("was edited", StringComparison.Ordinal));
        run.Train(null, trainer => trainer with { TrainNumSteps = 6 });
        Assert.Contains(run.Observer.Warnings, text => text.Contains("was edited", StringComparison.Ordinal));
        Assert.Equal(edited, File.ReadAllText(config));
    }

    [Fact]
    public void Configuration_from_an_earlier_version_is_replaced_unless_it_was_edited()
    {
        run.Train(request => request with { MaxSteps = 1 });
        var config = run.File("results", "config.yaml");
        File.WriteAllLines(config, File.ReadAllLines(config)[1..]);
        File.SetLastWriteTimeUtc(config, File.GetLastWriteTimeUtc(run.File("results", "status.json")).AddSeconds(-1));
        run.Train(request => request with { MaxSteps = 2 }, trainer => trainer with { TrainNumSteps = 5 });
        Assert.Contains("train_num_steps: 5", File.ReadAllText(config), StringComparison.Ordinal);

        File.WriteAllLines(config, File.ReadAllLines(config)[1..]);
        File.SetLastWriteTimeUtc(config, DateTime.UtcNow.AddSeconds(1));
        var edited = File.ReadAllText(config);
        run.Train(null, trainer => trainer with { TrainNumSteps = 6 });
        Assert.Equal(edited, File.ReadAllText(config));
    }

    [Fact]
    public void Rerunning_the_same_command_resumes_and_gives_the_weights_of_one_long_run()
    {
        var whole = run.Train(request => request with { ResultsPath = run.File("whole") });

        var first = run.Train(request => request with { MaxSteps = 1 });
        var second = run.Train();
        var third = run.Train();

        Assert.Equal((1, RunState.Completed), (first.Step, first.StoppedBecause));
        Assert.Equal((4, RunState.Completed), (second.Step, second.StoppedBecause));
        Assert.Equal((4, RunState.AlreadyComplete), (third.Step, third.StoppedBecause));
        CheckpointAssert.SameTensors(whole.Checkpoint, second.Checkpoint);
    }

    [Fact]
    public void Same_seed_gives_the_same_run_and_another_seed_another()
    {
        var first = run.Train(request => request with { ResultsPath = run.File("a"), Seed = 5 });
        var second = run.Train(request => request with { ResultsPath = run.File("b"), Seed = 5 });
        var other = run.Train(request => request with { ResultsPath = run.File("c"), Seed = 6 });

        CheckpointAssert.SameTensors(first.Checkpoint, second.Checkpoint);
        Assert.NotEqual(first.Loss, other.Loss);
    }

    [Fact]
    public void Drawn_seed_is_kept_for_the_resumed_run()
    {
        run.Train(request => request with { MaxSteps = 1 }, trainer => trainer with { Seed = null });
        using (var before = CheckpointStore.Load(run.Results))
        {
            run.Train(null, trainer => trainer with { Seed = null });
            using var after = CheckpointStore.Load(run.Results);
            Assert.Equal(before.Seed, after.Seed);
            Assert.Equal(4, after.Info.Step);
        }
    }

    [Fact]
    public void Captioned_run_changes_text_and_network_weights()
    {
        var result = run.Train();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(result.Checkpoint);
        var moved = checkpoint.File.Entries.Keys
            .Where(name => name.StartsWith("optimizer.exp_avg.", StringComparison.Ordinal))
            .Where(name => checkpoint.File.Read(name).abs().sum().item<float>() > 0).ToList();

        Assert.Contains(moved, name => name.Contains(".text.", StringComparison.Ordinal));
        Assert.Contains(moved, name => name.Contains(".denoise_fn.downs.0.", StringComparison.Ordinal));
    }

    [Fact]
    public void Different_configuration_stops_with_the_differences_and_changes_nothing()
    {
        var first = run.Train(request => request with { MaxSteps = 2 });
        var before = File.ReadAllBytes(first.Checkpoint);

        var error = Assert.Throws<TinySoraException>(() => run.Train(null, trainer => trainer with { TrainLr = 0.5, EmaDecay = 0.5 }));

        Assert.Equal("TinySora.Training.OtherConfiguration", error.Id);
        Assert.Contains("trainer.train_lr: 0.0001 in the checkpoint, 0.5 in this configuration", error.Message, StringComparison.Ordinal);
        Assert.Contains("trainer.ema_decay", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Force", error.Advice, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(first.Checkpoint));
    }

    [Fact]
    public void Keys_that_do_not_affect_training_may_differ()
    {
        run.Train(request => request with { MaxSteps = 2 });
        var result = run.Train(null, trainer => trainer with { SaveModelEvery = 1, TrainNumSteps = 3, KeepCheckpoints = 0 });
        Assert.Equal(3, result.Step);
    }

    [Fact]
    public void Force_starts_from_scratch_and_keeps_the_old_files_in_a_subfolder()
    {
        run.Train();
        var result = run.Train(request => request with { Force = true, MaxSteps = 1 }, trainer => trainer with { TrainLr = 0.5 });

        Assert.Equal(1, result.Step);
        var aside = Assert.Single(Directory.GetDirectories(run.Results, "old-*"));
        Assert.Equal(4, CheckpointStore.Latest(aside).Step);
        Assert.Equal([1], CheckpointStore.List(run.Results).Select(info => info.Step));
        Assert.Single(MetricsFile.Read(run.Results));
    }

    [Fact]
    public void Resume_requires_a_checkpoint()
    {
        var error = Assert.Throws<TinySoraException>(() => run.Train(request => request with { Resume = true }));
        Assert.Equal("TinySora.Training.NothingToResume", error.Id);

        run.Train(request => request with { MaxSteps = 1 });
        Assert.Equal(4, run.Train(request => request with { Resume = true }).Step);
    }

    [Fact]
    public void Failed_start_leaves_nothing_behind()
    {
        Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere"), ResultsPath = run.File("runs", "one") }));
        Assert.False(Directory.Exists(run.File("runs")));

        Assert.Throws<TinySoraException>(() => run.Train(request => request with { Resume = true, ResultsPath = run.File("runs", "one") + "/" }));
        Assert.False(Directory.Exists(run.File("runs")));

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => run.Train(cancellation: cancelled.Token));
        Assert.False(Directory.Exists(run.Results));
    }

    [Fact]
    public void Failed_start_keeps_foreign_files_in_its_folder()
    {
        Directory.CreateDirectory(run.Results);
        Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere") }));
        Assert.Empty(Directory.GetFileSystemEntries(run.Results));

        File.WriteAllText(run.File("results", "mine.txt"), "");
        Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = run.File("nowhere") }));
        Assert.Equal([run.File("results", "mine.txt")], Directory.GetFileSystemEntries(run.Results));
    }

    [Fact]
    public void Run_that_fails_after_some_steps_keeps_their_metrics()
    {
        Assert.Throws<InvalidOperationException>(() => run.Train(
            null, trainer => trainer with { SaveModelEvery = 100, TrainNumSteps = 1000 }, onProgress: _ => throw new InvalidOperationException()));
        Assert.NotEmpty(MetricsFile.Read(run.Results));
        Assert.Equal(RunState.Failed, Assert.Single(TrainingRun.List(run.Results)).State);
    }

    [Fact]
    public void Checkpoint_of_an_unfinished_run_says_its_share_of_the_steps()
    {
        var first = CheckpointStore.Latest(run.Train(request => request with { MaxSteps = 1 }).Checkpoint);
        Assert.EndsWith("is not fully trained: 1 of 4 steps, 25 %.", UnfinishedRun.Of(first), StringComparison.Ordinal);
        Assert.Null(UnfinishedRun.Of(CheckpointStore.Latest(run.Train().Checkpoint)));

        Assert.Equal(RunState.LossReached, run.Train(
            request => request with { Until = new TrainingGoal(Loss: 1000), ResultsPath = run.File("goal") }).StoppedBecause);
        Assert.Null(UnfinishedRun.Of(CheckpointStore.Latest(run.File("goal"))));

        var imported = Path.Combine(Directory.CreateDirectory(run.File("imported")).FullName, Path.GetFileName(first.Path));
        File.Copy(first.Path, imported);
        Assert.Null(UnfinishedRun.Of(CheckpointStore.Latest(imported)));
    }

    /// <summary>Covers a defect: the steps of a limited run were taken for all of its epochs.</summary>
    [Fact]
    public void Checkpoint_of_an_unfinished_run_in_epochs_says_its_share_of_the_steps()
    {
        run.Train(request => request with { MaxSteps = 1 }, trainer => trainer with { TrainNumSteps = new(4, InEpochs: true) });
        var all = 4 * ((6 + TinyRun.Config.Trainer.ExamplesPerStep - 1) / TinyRun.Config.Trainer.ExamplesPerStep);
        Assert.Contains($"is not fully trained: 1 of {all} steps, ", UnfinishedRun.Of(CheckpointStore.Latest(run.Results)), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_resumed_with_another_libtorch_warns()
    {
        run.Train(trainer: t => t with { TrainNumSteps = 2 });
        run.Train(trainer: t => t with { TrainNumSteps = 3 });
        Assert.DoesNotContain(run.Observer.Warnings, text => text.Contains("libtorch", StringComparison.Ordinal));
        var file = run.File("results", "step-00000003.safetensors");
        var bytes = File.ReadAllBytes(file);
        var version = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes($"\"{TorchBuild.Version}\""));
        bytes[version + 1] = (byte)'9';
        File.WriteAllBytes(file, bytes);

        run.Train();
        Assert.Contains(run.Observer.Warnings, text => text.Contains($"saved with libtorch 9{TorchBuild.Version[1..]},", StringComparison.Ordinal));
    }

    /// <summary>Earlier versions divided the examples without regard to their videos.</summary>
    [Theory]
    [InlineData("5 of ", "split")]
    [InlineData("4 of Z", "dataset")]
    public void Run_resumed_with_another_automatic_split_of_the_same_data_says_so(string recorded, string changed)
    {
        var first = run.Train(request => request with { MaxSteps = 1 }, trainer => trainer with { ValidateEvery = new(4) });
        string fingerprint;
        using (var checkpoint = Checkpoint.Open(first.Checkpoint))
        {
            fingerprint = checkpoint.DatasetFingerprint;
        }

        var bytes = File.ReadAllBytes(first.Checkpoint);
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(fingerprint[fingerprint.IndexOf("4 of ", StringComparison.Ordinal)..]));
        System.Text.Encoding.ASCII.GetBytes(recorded).CopyTo(bytes, at);
        File.WriteAllBytes(first.Checkpoint, bytes);

        run.Train(trainer: trainer => trainer with { ValidateEvery = new(4) });
        Assert.Contains($" {changed} has changed since this run was saved.", Assert.Single(run.Observer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_newest_checkpoint_is_skipped_with_a_warning()
    {
        var whole = run.Train();
        var expected = File.ReadAllBytes(whole.Checkpoint);
        using (var stream = File.OpenWrite(whole.Checkpoint))
        {
            stream.SetLength(stream.Length / 2);
        }

        var result = run.Train();

        Assert.Contains(run.Observer.Warnings, text => text.Contains("is truncated", StringComparison.Ordinal));
        Assert.Contains(run.Observer.Messages, text => text.Contains("step-00000002", StringComparison.Ordinal));
        Assert.Equal(4, result.Step);
        Assert.Equal(expected.Length, File.ReadAllBytes(result.Checkpoint).Length, 300.0); // the times in the metadata differ
    }

    [Fact]
    public void Failed_write_while_saving_is_one_clear_error_and_the_last_checkpoint_resumes()
    {
        var partial = run.File("results", "step-00000004.safetensors" + AtomicFile.PartialSuffix);
        var whole = run.Train(request => request with { ResultsPath = run.File("whole") });
        var error = Assert.Throws<TinySoraException>(() => run.Train(onProgress: progress =>
        {
            if (progress.Step == 2)
            {
                Directory.CreateDirectory(partial);
            }
        }));

        Assert.Equal("TinySora.Checkpoint.CannotWrite", error.Id);
        Assert.Contains("step-00000004", error.Message, StringComparison.Ordinal);
        Assert.Equal([2], CheckpointStore.List(run.Results).Select(info => info.Step));
        Directory.Delete(partial);
        CheckpointAssert.SameTensors(whole.Checkpoint, run.Train().Checkpoint);
    }

    [Theory]
    [InlineData("config.yaml", "TinySora.Config.CannotWrite")]
    [InlineData("metrics.jsonl", "TinySora.Checkpoint.CannotWrite")]
    public void Unwritable_file_of_the_run_is_a_clear_error(string name, string id)
    {
        Directory.CreateDirectory(run.File("results", name));
        var error = Assert.Throws<TinySoraException>(() => run.Train());
        Assert.Equal(id, error.Id);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unwritable_picture_is_a_warning_and_training_continues()
    {
        Directory.CreateDirectory(run.File("results", "sample-00000002.gif" + AtomicFile.PartialSuffix));
        var result = run.Train(null, trainer => trainer with { SampleEvery = 2, NumSampleRows = 1 });
        Assert.Equal(4, result.Step);
        Assert.Contains(run.Observer.Warnings, text => text.Contains("sample-00000002.gif", StringComparison.Ordinal));
        Assert.True(File.Exists(run.File("results", "sample-00000004.gif")));
    }

    [Fact]
    public void Damaged_checkpoints_alone_are_an_error_and_no_new_start()
    {
        var result = run.Train(request => request with { MaxSteps = 1 });
        File.WriteAllText(result.Checkpoint, "");
        Assert.Equal("TinySora.Checkpoint.NoneReadable", Assert.Throws<TinySoraException>(() => run.Train()).Id);
    }

    [Fact]
    public void Initial_checkpoint_provides_weights_and_vocabulary_for_a_run_from_step_0()
    {
        var first = run.Train();
        var tuned = run.Train(
            request => request with { ResultsPath = run.File("tuned"), InitialCheckpoint = run.Results, MaxSteps = 1 },
            trainer => trainer with { TrainLr = 1e-12 });

        Assert.Equal(1, tuned.Step);
        using var scope = NewDisposeScope();
        using var source = Checkpoint.Open(first.Checkpoint);
        using var target = Checkpoint.Open(tuned.Checkpoint);
        Assert.Equal(source.TaskMetadata, target.TaskMetadata);
        foreach (var name in source.File.Entries.Keys.Where(name => name.StartsWith("ema.", StringComparison.Ordinal)))
        {
            Assert.True(source.File.Read(name).allclose(target.File.Read("model." + name["ema.".Length..]), 0, 1e-7), name);
        }
    }

    /// <summary>Repeating a command must not warn, even if the initial checkpoint was copied, or is `latest` and now names the resumed run.</summary>
    [Fact]
    public void Initial_checkpoint_that_a_resumed_run_did_not_start_from_is_reported()
    {
        run.Train(request => request with { MaxSteps = 2 });
        var first = CheckpointStore.Latest(run.Results).Path;
        var other = run.Train(request => request with { ResultsPath = run.File("other"), MaxSteps = 1 }).Checkpoint;
        Assert.Empty(Warnings("tuned", first, steps: 1));
        File.Copy(first, run.File("copy.safetensors"));
        Assert.Empty(Warnings("tuned", run.File("copy.safetensors"), steps: 2));
        Assert.Empty(Warnings("tuned", run.File("tuned"), steps: 3));
        Assert.Empty(Warnings("tuned", null, steps: 3));

        var expected = $"'{CheckpointStore.Latest(run.File("tuned")).Path}'; -InitialCheckpoint '{other}' has no effect";
        Assert.Contains(expected, Assert.Single(Warnings("tuned", other, steps: 3)), StringComparison.Ordinal);
        Assert.Single(Warnings("tuned", run.File("nowhere"), steps: 4));
        Assert.Single(Warnings("other", first, steps: 2)); // a run from scratch
        Assert.Empty(Warnings("tuned", first, steps: 4));

        IEnumerable<string> Warnings(string folder, string? initial, int steps)
        {
            run.Train(request => request with { ResultsPath = run.File(folder), InitialCheckpoint = initial, MaxSteps = steps });
            return run.Observer.Warnings.Where(text => text.Contains("InitialCheckpoint", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("step-00000002.safetensors")]
    public void Initial_checkpoint_in_the_folder_of_the_run_is_found_where_it_was_moved(string name)
    {
        run.Train();
        var initial = run.File("results", name);
        Assert.Equal(1, run.Train(request => request with { Force = true, InitialCheckpoint = initial, MaxSteps = 1 }).Step);
        var moved = Path.Combine(Assert.Single(Directory.GetDirectories(run.Results, "old-*")), name.Length > 0 ? name : "step-00000004.safetensors");
        Assert.Contains($"Starting from the weights of '{moved}'.", run.Observer.Messages);
    }

    [Fact]
    public void Initial_checkpoint_of_another_model_is_refused()
    {
        run.Train(request => request with { MaxSteps = 1 });
        var error = Assert.Throws<TinySoraException>(() => run.Train(request => request with
        {
            ResultsPath = run.File("tuned"), InitialCheckpoint = run.Results,
            Config = request.Config.With(model: request.Config.Model with { Dim = 16 }),
        }));

        Assert.Equal("TinySora.Training.OtherInitialModel", error.Id);
        Assert.Contains("model.dim: 8 in the checkpoint, 16 in this configuration", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Second_trainer_in_the_same_folder_is_refused()
    {
        using var folder = ResultsFolder.Open(run.Results);
        Assert.Equal("TinySora.Training.FolderInUse", Assert.Throws<TinySoraException>(() => run.Train()).Id);
    }

    [Fact]
    public void Cancelled_run_leaves_a_resumable_checkpoint()
    {
        using var source = new CancellationTokenSource();
        var whole = run.Train(request => request with { ResultsPath = run.File("whole") });

        var cancelled = run.Train(onProgress: _ => source.Cancel(), cancellation: source.Token);

        Assert.Equal(RunState.Cancelled, cancelled.StoppedBecause);
        Assert.InRange(cancelled.Step, 1, 2);
        CheckpointAssert.SameTensors(whole.Checkpoint, run.Train().Checkpoint);
    }

    [Fact]
    public void Time_budget_stops_the_run_with_a_checkpoint()
    {
        List<int?> last = [];
        var result = run.Train(request => request with { MaxMinutes = 1e-9 }, onProgress: progress => last.Add(progress.LastInTime));
        Assert.Equal((1, RunState.TimeBudget), (result.Step, result.StoppedBecause));
        Assert.Equal(1, CheckpointStore.Latest(run.Results).Step);
        Assert.Equal([1], last);

        run.Train(request => request with { MaxMinutes = 60 }, onProgress: progress => last.Add(progress.LastInTime));
        Assert.Null(last[^1]);
    }

    [Fact]
    public void Limits_must_be_positive()
    {
        Assert.Equal("TinySora.Training.BadLimit", ErrorOf(request => request with { MaxSteps = 0 }));
        Assert.Equal("TinySora.Training.BadLimit", ErrorOf(request => request with { MaxMinutes = -1 }));
        Assert.Equal("TinySora.Training.BadLimit", ErrorOf(request => request with { MaxMinutes = 1e300 }));
        Assert.Equal("TinySora.Training.BadLimit", ErrorOf(request => request with { MaxMinutes = double.PositiveInfinity }));
        Assert.False(Directory.Exists(run.Results));

        string ErrorOf(Func<TrainingRequest, TrainingRequest> change) => Assert.Throws<TinySoraException>(() => run.Train(change)).Id;
    }

    [Fact]
    public void Broken_clip_is_skipped_and_reported()
    {
        File.WriteAllText(Path.Combine(run.Data, "broken.gif"), "GIF89a");
        var result = run.Train(request => request with { MaxSteps = 1 });
        Assert.Equal((6, 1), (result.Clips, result.SkippedClips));
        Assert.Contains(run.Observer.Warnings, text => text.Contains("broken.gif", StringComparison.Ordinal));
    }

    [Fact]
    public void Skipped_short_clips_are_counted_in_one_warning()
    {
        ClipFile.Write(Path.Combine(run.Data, "short1.gif"), Clip.Black(1, 16, 16, 3));
        ClipFile.Write(Path.Combine(run.Data, "short2.gif"), Clip.Black(1, 16, 16, 3));
        var result = run.Train(request => request with { MaxSteps = 1 }, trainer => trainer with { DropShortClips = true });
        Assert.Equal((6, 2), (result.Clips, result.SkippedClips));
        Assert.StartsWith("Clips shorter than ", Assert.Single(run.Observer.Warnings, w => w.Contains("short", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_uses_the_train_split_of_a_dataset_and_names_it_if_it_is_missing()
    {
        var split = run.File("in-splits");
        Directory.CreateDirectory(split);
        Directory.Move(run.Data, Path.Combine(split, "train"));
        Directory.CreateDirectory(Path.Combine(split, "val"));
        ClipFile.Write(Path.Combine(split, "val", "00000.gif"), Clip.Black(2, 16, 16, 3));

        var result = run.Train(request => request with { MaxSteps = 1, DataPath = split });
        Assert.Equal(6, result.Clips);

        Directory.Move(Path.Combine(split, "train"), run.File("elsewhere"));
        var error = Assert.Throws<TinySoraException>(() => run.Train(request => request with { DataPath = split, Force = true }));
        Assert.Equal("TinySora.Data.SplitMissing", error.Id);
        Assert.Contains(Path.Combine(split, "train"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeping_every_checkpoint_causes_a_warning_with_its_size()
    {
        run.Train(null, trainer => trainer with { KeepCheckpoints = 0, SaveModelEvery = 1 });
        Assert.Contains(run.Observer.Warnings, text => text.Contains("4 checkpoints", StringComparison.Ordinal));
    }

    [Fact]
    public void Sample_grids_are_drawn_at_their_interval_without_changing_the_run()
    {
        var plain = run.Train(request => request with { ResultsPath = run.File("plain") });
        var sampled = run.Train(null, trainer => trainer with { SampleEvery = 2, NumSampleRows = 2 });

        Assert.Equal(
            ["sample-00000002.gif", "sample-00000004.gif"],
            Directory.GetFiles(run.Results, "*.gif").Select(Path.GetFileName).Order());
        CheckpointAssert.SameTensors(plain.Checkpoint, sampled.Checkpoint);
    }

    [Fact]
    public void Chosen_checkpoint_resumes_the_run_and_later_ones_are_moved_aside()
    {
        var whole = run.Train(null, trainer => trainer with { SaveModelEvery = 1, KeepCheckpoints = 0 });
        File.Copy(whole.Checkpoint, run.File("whole.safetensors"));

        var again = run.Train(request => request with { FromStep = 2 }, trainer => trainer with { SaveModelEvery = 1, KeepCheckpoints = 0 });

        Assert.Equal(4, again.Step);
        CheckpointAssert.SameTensors(run.File("whole.safetensors"), again.Checkpoint);
        Assert.Equal([1, 2, 3, 4], CheckpointStore.List(run.Results).Select(info => info.Step));
        Assert.Equal([1, 2, 3, 4], MetricsFile.Read(run.Results).Select(step => step.Step));
        var aside = Assert.Single(Directory.GetDirectories(run.Results, "old-*"));
        Assert.Equal([3, 4], CheckpointStore.List(aside).Select(info => info.Step));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Later_checkpoints_stay_in_place_if_the_chosen_one_has_reached_the_end(bool countsEpochs)
    {
        TrainerConfig Change(TrainerConfig trainer) => trainer with { SaveModelEvery = countsEpochs ? new(1, InEpochs: true) : trainer.SaveModelEvery };
        run.Train(null, Change);
        var before = CheckpointStore.List(run.Results).Select(info => info.Step).ToList();
        var result = run.Train(request => request with { FromStep = before[0], MaxSteps = 1 }, Change);
        Assert.Equal((RunState.AlreadyComplete, before[0]), (result.StoppedBecause, result.Step));
        Assert.Equal(before, CheckpointStore.List(run.Results).Select(info => info.Step));
        Assert.Empty(Directory.GetDirectories(run.Results, "old-*"));
    }

    [Fact]
    public void Later_checkpoints_and_metrics_stay_in_place_if_the_run_does_not_start()
    {
        run.Train();
        Directory.CreateDirectory(run.File("results", "notes.json"));
        Clips.Fails("TinySora.Checkpoint.CannotWrite", () => run.Train(request => request with { FromStep = 2, Note = "again" }));
        Assert.Equal([2, 4], CheckpointStore.List(run.Results).Select(info => info.Step));
        Assert.Equal([1, 2, 3, 4], MetricsFile.Read(run.Results).Select(step => step.Step));
        Assert.Equal((RunState.Completed, 4), (RunStatus.Read(run.Results)!.State, RunStatus.Read(run.Results)!.Step));
        Assert.Empty(Directory.GetDirectories(run.Results, "old-*"));
    }

    [Fact]
    public void Step_without_checkpoint_is_refused_with_the_available_ones()
    {
        run.Train();
        var error = Assert.Throws<TinySoraException>(() => run.Train(request => request with { FromStep = 3 }));
        Assert.Equal("TinySora.Training.NoSuchStep", error.Id);
        Assert.Contains("2, 4", error.Advice, StringComparison.Ordinal);
        Assert.Equal([2, 4], CheckpointStore.List(run.Results).Select(info => info.Step));
    }

    [Fact]
    public void Fine_tuning_keeps_the_known_words_and_adds_new_ones()
    {
        var first = run.Train();
        foreach (var caption in Directory.GetFiles(run.Data, "*.txt"))
        {
            File.WriteAllText(caption, "a zebra moving quickly");
        }

        var tuned = run.Train(
            request => request with { ResultsPath = run.File("tuned"), InitialCheckpoint = run.Results, MaxSteps = 1 },
            trainer => trainer with { TrainLr = 1e-12 });

        using var scope = NewDisposeScope();
        using var source = Checkpoint.Open(first.Checkpoint);
        using var target = Checkpoint.Open(tuned.Checkpoint);
        var known = source.TaskMetadata["vocabulary"];
        var added = target.TaskMetadata["vocabulary"];
        Assert.StartsWith(known[..^1], added, StringComparison.Ordinal);
        Assert.Contains("zebra", added, StringComparison.Ordinal);
        var before = source.File.Read("ema.text.words.weight");
        var after = target.File.Read("model.text.words.weight");
        Assert.True(after.shape[0] > before.shape[0]);
        Assert.True(before.allclose(after.narrow(0, 0, before.shape[0]), 0, 1e-7));
        Assert.Equal(1, run.Train(request => request with { ResultsPath = run.File("tuned"), MaxSteps = 1 },
            trainer => trainer with { TrainLr = 1e-12 }).Step);
    }

    [Fact]
    public void Diverging_learning_rate_ends_with_the_clips_and_leaves_no_broken_checkpoint()
    {
        var error = Assert.Throws<TinySoraException>(() => run.Train(null, trainer => trainer with { TrainLr = 1e25, TrainNumSteps = 100 }));

        Assert.Equal("TinySora.Training.NonFiniteLoss", error.Id);
        Assert.Contains(".gif", error.Message, StringComparison.Ordinal);
        Assert.Contains("trainer.train_lr", error.Advice, StringComparison.Ordinal);
        Assert.Empty(CheckpointStore.List(run.Results));
        Assert.Equal((4, 0), (run.Train().Step, run.Train().SkippedSteps));
    }

    [Fact]
    public void Clips_without_caption_train_with_one_warning_that_counts_them()
    {
        foreach (var caption in Directory.GetFiles(run.Data, "*.txt").Take(2))
        {
            File.Delete(caption);
        }

        Assert.Equal((4, 6), (run.Train().Step, run.Train(request => request with { Force = true }).Clips));
        Assert.Single(run.Observer.Warnings, text => text.StartsWith("Clips without a caption: 2", StringComparison.Ordinal));
        run.Train(request => request with
        {
            Force = true, Config = request.Config.With(model: request.Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null }),
        });
        Assert.DoesNotContain(run.Observer.Warnings, text => text.Contains("caption", StringComparison.Ordinal));
    }

    [Fact]
    public void Mixed_precision_trains_to_a_finite_loss_and_saves_float32()
    {
        using var processor = new Processor(hasBFloat16: true);
        var result = run.Train(null, trainer => trainer with { Amp = MixedPrecision.IfFaster });
        Assert.NotEqual(run.Train(request => request with { Force = true }).Loss, result.Loss);
        Assert.True(double.IsFinite(result.Loss));
        using var checkpoint = Checkpoint.Open(result.Checkpoint);
        Assert.All(checkpoint.File.Entries.Values, entry => Assert.Equal("F32", entry.Type));
    }

    [Fact]
    public void Sample_grid_has_n_rows_of_n_clips()
    {
        run.Train(request => request with { MaxSteps = 1 }, trainer => trainer with { SampleEvery = 1, NumSampleRows = 3 });

        var grid = ClipFile.Read(run.File("results", "sample-00000001.gif"));

        // Clips of 2 frames of 16 x 16 pixels with borders of two.
        Assert.Equal((2, 3 * (16 + 4), 3 * (16 + 4)), (grid.Frames, grid.Height, grid.Width));
        Assert.Equal(run.File("results", "sample-00000001.gif"), Assert.Single(run.Observer.Logged).Sample);
    }

    [Fact]
    public void Every_step_is_reported_with_what_was_written_after_it()
    {
        run.Train();

        Assert.Equal(MetricsFile.Read(run.Results), run.Observer.Logged.Select(step => step with { Checkpoint = null }));
        Assert.Equal(
            [null, "step-00000002.safetensors", null, "step-00000004.safetensors"],
            run.Observer.Logged.Select(step => Path.GetFileName(step.Checkpoint)));
    }
}
