using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Checkpoints of runs that train an adapter, and whole models that are used with adapters. All averaged weights of the base model are 2.</summary>
public sealed class AdaptedCheckpointTests : IDisposable
{
    private static readonly Dictionary<string, string> Metadata = new() { ["words"] = "[\"red\"]" };

    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string basePath;

    public AdaptedCheckpointTests()
    {
        using var model = Model();
        using var state = new TrainingState(model, new());
        using (no_grad())
        {
            state.Groups[0].Average.fill_(2);
        }

        Directory.CreateDirectory(folder.File("base"));
        basePath = CheckpointStore.Save(folder.File("base"), state, new(new(), 1, "print", Metadata), keep: 0);
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    /// <summary>All averaged factors are 1, so each weight changes by the rank, which is 3.</summary>
    [Fact]
    public void Adapter_file_has_only_the_averaged_updates_and_finds_its_model_in_the_same_folder()
    {
        Train("cat");
        var path = folder.File("cat", AdapterInfo.FileName);
        File.Copy(basePath, folder.File("cat", Path.GetFileName(basePath)));
        File.Delete(basePath);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(("cat", Path.GetFileName(basePath), 3), (checkpoint.Info.AdapterOf!.Name, checkpoint.Info.AdapterOf.Base, checkpoint.Info.AdapterOf.Rank));
        Assert.Equal(["model.first.weight.lowrank", "model.second.weight.lowrank"], checkpoint.File.Tensors.Keys.Order());
        Assert.All(checkpoint.File.Tensors.Values, tensor => Assert.Equal(ScalarType.BFloat16, tensor.Type));
        Assert.Equal(5, FirstWeight(checkpoint));
        Assert.Equal("[\"red\"]", checkpoint.TaskMetadata["words"]);
        Assert.Null(checkpoint.AdapterNames);

        File.Delete(folder.File("cat", Path.GetFileName(basePath)));
        using var alone = Checkpoint.Open(path);
        var error = Assert.Throws<TinySoraException>(() => alone.Weights);
        Assert.Equal(("TinySora.Adapter.BaseMissing", (object)path), (error.Id, error.Target));
    }

    [Fact]
    public void Checkpoint_of_the_run_gives_the_same_model_as_its_adapter_file()
    {
        Train("cat");
        using var checkpoint = CheckpointStore.Load(folder.File("cat"));
        Assert.Equal(basePath, checkpoint.Info.AdapterOf!.Base);
        Assert.Equal(5, FirstWeight(checkpoint));
        Assert.Equal(checkpoint.Info.Path, checkpoint.Weights.Path);
    }

    [Fact]
    public void Whole_model_is_used_with_adapters_of_different_strengths()
    {
        Train("cat", "dog");
        AppliedAdapter[] adapters = [new(Adapter("cat"), 0.5), new(Adapter("dog"), 0), new(Adapter("dog"))];
        using var checkpoint = Checkpoint.Open(basePath, adapters);
        Assert.Equal(2 + 1.5 + 3, FirstWeight(checkpoint));
        Assert.Equal(["cat=0.5", "dog"], checkpoint.AdapterNames!);
        Assert.Same(checkpoint.Weights, checkpoint.Weights);
    }

    [Fact]
    public void Model_whose_adapters_have_no_strength_is_that_of_the_file()
    {
        Train("cat");
        using var checkpoint = Checkpoint.Open(basePath, [new(Adapter("cat"), 0)]);
        Assert.Same(checkpoint.File, checkpoint.Weights);
        Assert.Null(checkpoint.AdapterNames);
    }

    [Fact]
    public void Run_that_trains_all_weights_has_no_adapter_file()
    {
        using var model = Model();
        using var state = new TrainingState(model, new());
        CheckpointStore.SaveAdapter(folder.Path, state, new(new(), 1, "print", Metadata));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Restored_run_continues_with_its_factors()
    {
        Train("cat");
        using var other = Model();
        using var restored = new TrainingState(other, new(), adapter: new AdapterShape(3, null, []));
        using var checkpoint = CheckpointStore.Load(folder.File("cat"));
        var before = other.state_dict()["first.weight"].clone();
        checkpoint.Restore(restored);
        Assert.Equal(7, restored.Step);
        Assert.Equal(1, restored.Groups[0].Average[0].item<float>());
        Assert.True(other.state_dict()["first.weight"].sub(before).allclose(full([8, 8], 0.75f))); // 3 x 0.5 x 0.5
    }

    private static TorchSharp.Modules.Sequential Model() => nn.Sequential(("first", nn.Linear(8, 8)), ("second", nn.Linear(8, 8)));

    private static double FirstWeight(Checkpoint checkpoint)
    {
        var weight = checkpoint.Weights.Tensors["model.first.weight"].Read();
        Assert.Equal([8, 8], weight.shape);
        Assert.Equal(weight.min().item<float>(), weight.max().item<float>());
        return weight.max().item<float>();
    }

    private string Adapter(string name) => folder.File(name, AdapterInfo.FileName);

    private void Train(params string[] names)
    {
        using var original = Checkpoint.Open(basePath);
        var hash = ModelWeights.Hash(original.File, original.Family.Published);
        foreach (var name in names)
        {
            using var own = Model();
            using var state = new TrainingState(own, new(), adapter: new AdapterShape(3, null, [])) { Step = 7 };
            using (no_grad())
            {
                state.Groups[0].Parameters.Values.fill_(0.5);
                state.Groups[0].Average.fill_(1);
            }

            Directory.CreateDirectory(folder.File(name));
            var run = new RunDescription(new(), 1, "print", Metadata) { Adapter = new(name, basePath, hash, 3, []) };
            CheckpointStore.Save(folder.File(name), state, run, keep: 0);
            CheckpointStore.SaveAdapter(folder.File(name), state, run);
        }
    }
}
