using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>The state of a run, written to a checkpoint and restored from it.</summary>
public sealed class CheckpointStateTests : IDisposable
{
    private static readonly TrainerConfig Trainer = new() { TrainBatchSize = 3, GradientAccumulateEvery = 2, BestBy = "val.loss", ValidateEvery = 1 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_value_and_tensor_of_the_state_is_restored()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask(1);
        using var state = Changed(task);
        using var other = new ToyTask(2);
        using var restored = new TrainingState(other, Trainer);
        using var checkpoint = Checkpoint.Open(Save(state));

        Assert.NotEqual(Tensors(state), Tensors(restored));
        checkpoint.Restore(restored);

        Assert.Equal(Values(state), Values(restored));
        Assert.Equal(Tensors(state), Tensors(restored));
        Assert.Equal([new("val.loss", 0.25), new("val.psnr", 30)], restored.Validated);
        Assert.Equal(["a"], checkpoint.Info.Rows!.Passed);
        Assert.Equal(["b", "c"], checkpoint.Info.Rows.Failed);
        Assert.Equal(0.002, checkpoint.Info.Tflop);
        Assert.Equal("1.5", checkpoint.TaskMetadata["scale"]);
        Assert.Equal("val.loss", checkpoint.Info.BestBy);
        Assert.Equal([new("model.codes", "512")], checkpoint.Info.PublishedKeys);
    }

    [Fact]
    public void New_state_is_restored_without_values_that_it_does_not_have()
    {
        using var task = new ToyTask();
        using var state = new TrainingState(task, Trainer with { BestBy = "loss" }) { Flops = null };
        using var restored = new TrainingState(task, Trainer with { BestBy = "loss" });
        using var checkpoint = Checkpoint.Open(Save(state));
        checkpoint.Restore(restored);

        Assert.Equal(Values(state), Values(restored));
        Assert.Empty(restored.Validated);
        Assert.Equal((null, null, null, "loss"), (checkpoint.Info.Loss, checkpoint.Info.Rows, checkpoint.Info.Tflop, checkpoint.Info.BestBy));
        Assert.Equal(Trainer.TrainLr, checkpoint.Config.Trainer.TrainLr);
        Assert.Null(checkpoint.TrainLr);
    }

    /// <summary>The best value of another metric is meaningless.</summary>
    [Fact]
    public void Best_value_is_forgotten_if_the_metric_changes_and_the_lowered_learning_rate_is_kept()
    {
        using var task = new ToyTask();
        using var state = Changed(task);
        using var restored = new TrainingState(task, Trainer with { BestBy = "highest val.psnr" });
        using var checkpoint = Checkpoint.Open(Save(state));
        checkpoint.Restore(restored);
        Assert.Equal((null, 0, new PlateauSchedule(Factor: 0.5)), (restored.Best, restored.Unimproved, restored.Plateau));
    }

    /// <summary>Exported and imported checkpoints have no optimizer state, and no average for some weights.</summary>
    [Fact]
    public void Missing_optimizer_state_is_zero_from_the_step_of_the_checkpoint()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask(1);
        using var state = Changed(task);
        var path = Save(state);
        Rewrite(path, _ => { }, name => !name.StartsWith("optimizer.", StringComparison.Ordinal) && name != "ema.first.bias");
        using var other = new ToyTask(2);
        using var restored = Changed(other);
        using var checkpoint = Checkpoint.Open(path);
        var ours = Tensors(restored)["ema.first.bias"];
        checkpoint.Restore(restored);

        Assert.False(StateTensors.HasOptimizer(checkpoint.File));
        Assert.Equal((7, 7), (restored.Step, restored.MomentsSince));
        var (expected, actual) = (Tensors(state), Tensors(restored));
        Assert.All(actual, item => Assert.Equal(
            item.Key.StartsWith("optimizer.", StringComparison.Ordinal) ? new float[item.Value.Length] : item.Key == "ema.first.bias"
                ? expected["model.first.bias"] : expected[item.Key], item.Value));
        Assert.NotEqual(ours, actual["ema.first.bias"]);
    }

    [Fact]
    public void Averaged_weight_that_is_not_finite_is_named()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var state = Changed(task);
        StateTensors.Of(state).First(item => item.Name == "ema.second.bias").Tensor.fill_(float.NaN);
        using var checkpoint = Checkpoint.Open(Save(state));
        Assert.Contains("'ema.second.bias' contains NaN", Assert.Throws<TinySoraException>(() => checkpoint.Restore(state)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("skipped_in_a_row", "-1")]
    [InlineData("rollbacks", "-1")]
    [InlineData("rollbacks", "1.5")]
    [InlineData("moments_since", "x")]
    [InlineData("unimproved", "-1")]
    [InlineData("seed", "")]
    [InlineData("step", "-1")]
    [InlineData("best", "good")]
    [InlineData("train_lr", "fast")]
    [InlineData("loss", "low")]
    [InlineData("flops", "many")]
    [InlineData("saved_at", "yesterday")]
    [InlineData("elapsed_seconds", "long")]
    [InlineData("spent_seconds", "long")]
    [InlineData("plateau", "{\"Factor\":1.1}")]
    [InlineData("plateau", "{\"Factor\":0}")]
    [InlineData("plateau", "{\"Waited\":-1}")]
    [InlineData("published_keys", "{\"a\":null}")]
    [InlineData("adapter", "{\"Name\":\"cat\"}")]
    [InlineData("rows", "{\"Passed\":[],\"Failed\":[null]}")]
    public void Invalid_value_is_reported_with_its_key(string key, string value)
    {
        var error = Assert.Throws<TinySoraException>(() => Checkpoint.Open(SaveWith(metadata => metadata[key] = value)).Dispose());
        Assert.Equal("TinySora.Checkpoint.Damaged", error.Id);
        Assert.Contains($"'{value}' for {key}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format_version")]
    [InlineData("family")]
    [InlineData("config")]
    [InlineData("step")]
    [InlineData("seed")]
    [InlineData("saved_at")]
    [InlineData("elapsed_seconds")]
    [InlineData("dataset_fingerprint")]
    public void File_without_a_required_value_is_not_a_checkpoint(string key)
    {
        var error = Assert.Throws<TinySoraException>(() => Checkpoint.Open(SaveWith(metadata => metadata.Remove(key))).Dispose());
        Assert.Equal("TinySora.Checkpoint.NotOurs", error.Id);
        Assert.Contains($"lacks '{key}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format_version", "2", "format version 2 of family 'pixel-unet'")]
    [InlineData("family", "pixel-vnet", "format version 1 of family 'pixel-vnet'")]
    public void Checkpoint_of_a_newer_version_is_named(string key, string value, string message)
    {
        var error = Assert.Throws<TinySoraException>(() => Checkpoint.Open(SaveWith(metadata => metadata[key] = value)).Dispose());
        Assert.Equal("TinySora.Checkpoint.NotOurs", error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Versions before 1.0 did not write all values.</summary>
    [Fact]
    public void Values_that_earlier_versions_did_not_write_are_0()
    {
        string[] keys = ["skipped_in_a_row", "rollbacks", "moments_since", "unimproved", "plateau", "spent_seconds", "flops", "libtorch_version", "best_by"];
        using var checkpoint = Checkpoint.Open(SaveWith(metadata => Array.ForEach(keys, key => metadata.Remove(key))));
        Assert.Equal((0, 0, 0, 0), (checkpoint.SkippedInARow, checkpoint.Rollbacks, checkpoint.MomentsSince, checkpoint.Unimproved));
        Assert.Equal((new PlateauSchedule(), TimeSpan.Zero, null), (checkpoint.Plateau, checkpoint.Info.Spent, checkpoint.Flops));
        Assert.Equal((null, "loss"), (checkpoint.LibTorchVersion, checkpoint.Info.BestBy));
    }

    [Theory]
    [InlineData("-5", 0)]
    [InlineData("1e300", 1e9)]
    public void Impossible_times_are_limited(string seconds, double expected)
    {
        using var checkpoint = Checkpoint.Open(SaveWith(metadata => (metadata["elapsed_seconds"], metadata["spent_seconds"]) = (seconds, seconds)));
        Assert.Equal((expected, expected), (checkpoint.Elapsed.TotalSeconds, checkpoint.Info.Spent.TotalSeconds));
    }

    [Fact]
    public void Size_is_that_of_weights_averages_and_moments()
    {
        Assert.Equal(16_000, StateTensors.EstimateLength(1000, OptimizerKind.Adam));
        Assert.Equal(4 * (2 + OptimizerChoice.StateNames(OptimizerKind.Muon).Count) * 10, StateTensors.EstimateLength(10, OptimizerKind.Muon));
    }

    private static TrainingState Changed(ToyTask task)
    {
        var state = new TrainingState(task, Trainer)
        {
            Step = 7, Loss = 0.5, Best = 0.25, Unimproved = 2, Plateau = new(Factor: 0.5, Waited: 1), Elapsed = TimeSpan.FromSeconds(90.5),
            Spent = TimeSpan.FromSeconds(100.25), Flops = 2e9, IsCutOff = true, SkippedInARow = 3, Rollbacks = 4, MomentsSince = 5, TrainLr = 0.125,
            Rows = new(["a"], ["b", "c"]), Validated = new Dictionary<string, double> { ["val.loss"] = 0.25, ["val.psnr"] = 30 },
        };
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        foreach (var (i, (_, tensor)) in StateTensors.Of(state).Index())
        {
            tensor.add_(i + 1);
        }

        return state;
    }

    private static object Values(TrainingState state) => (
        state.Step, state.Loss, state.Best, state.Unimproved, state.Plateau, state.Elapsed, state.Spent,
        (state.Flops, state.IsCutOff, state.SkippedInARow, state.Rollbacks, state.MomentsSince, state.TrainLr));

    private static Dictionary<string, float[]> Tensors(TrainingState state)
    {
        using var scope = NewDisposeScope();
        return StateTensors.Of(state).ToDictionary(item => item.Name, item => item.Tensor.data<float>().ToArray());
    }

    private string Save(TrainingState state) => CheckpointStore.Save(
        folder.Path, state, new(new() { Trainer = Trainer with { BestBy = state.BestBy } }, 1, "print", new Dictionary<string, string> { ["scale"] = "1.5" })
        {
            PublishedKeys = new([new("model.codes", "512")]),
        },
        keep: 0);

    private string SaveWith(Action<Dictionary<string, string>> change)
    {
        using var task = new ToyTask();
        using var state = Changed(task);
        var path = Save(state);
        Rewrite(path, change, _ => true);
        return path;
    }

    private static void Rewrite(string path, Action<Dictionary<string, string>> change, Func<string, bool> isKept)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, string> metadata;
        List<(string, Tensor)> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            metadata = new(file.Metadata);
            tensors = [.. file.Tensors.Where(item => isKept(item.Key)).Select(item => (item.Key, item.Value.Read()))];
        }

        change(metadata);
        SafetensorsFile.Write(path, metadata, tensors);
    }
}
