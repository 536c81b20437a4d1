using TinySora.Engine.Configuration;
using TinySora.Engine.Formats;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Keys that the import of published weights sets, in requests to continue training.</summary>
public sealed class PublishedKeysTests : IDisposable
{
    /// <summary>Configuration that was chosen for the import, which sets the width from 64 to 16 and the kernel size from 7 to 3.</summary>
    private static readonly RunConfig Config = new RunConfig().With(model: new() { Dim = 64, InitKernelSize = 7 });

    private static readonly TextTable<string> Given = new([new("model.dim", "64"), new("model.init_kernel_size", "7")]);

    private readonly TemporaryFolder folder = new();

    private TrainingRequest Request => new() { Config = Config, ResultsPath = folder.File("results") };

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Same_configuration_adopts_the_values_and_stays_unchanged_itself()
    {
        Save("results", Imported());
        var adopted = PublishedKeys.Adopt(Request);
        Assert.Equal((16, 3), (adopted.Config.Model.Dim, adopted.Config.Model.InitKernelSize));
        Assert.Equal(Given, adopted.PublishedKeys);
        Assert.Equal((64, 7), (Config.Model.Dim, Config.Model.InitKernelSize));
    }

    [Fact]
    public void Key_that_the_request_changes_and_keys_that_the_import_did_not_set_are_kept()
    {
        Save("results", Imported() with { Trainer = new() { TrainLr = 0.5 } });
        var adopted = PublishedKeys.Adopt(Request with { Config = Config.With(model: Config.Model with { Dim = 32 }) });
        Assert.Equal((32, 3), (adopted.Config.Model.Dim, adopted.Config.Model.InitKernelSize));
        Assert.Equal(Config.Trainer.TrainLr, adopted.Config.Trainer.TrainLr);
    }

    [Fact]
    public void Newest_checkpoint_of_the_run_precedes_the_initial_one()
    {
        Save("initial", Imported());
        Assert.Equal(16, Width(Request with { InitialCheckpoint = folder.File("initial") }));
        Assert.Equal(16, Width(Request with { InitialCheckpoint = CheckpointStore.PathOf(folder.File("initial"), 0) }));
        Assert.Equal(64, Width(Request));
        Assert.Equal(64, Width(Request with { InitialCheckpoint = folder.File("nothing") }));

        Save("results", Imported(8));
        Assert.Equal(8, Width(Request with { InitialCheckpoint = folder.File("initial") }));
        Assert.Equal(16, Width(Request with { InitialCheckpoint = folder.File("initial"), Force = true }));
        Assert.Equal(64, Width(Request with { Force = true }));
    }

    [Fact]
    public void Model_of_another_family_has_no_keys_to_adopt()
    {
        Save("results", ConfigFile.Parse("family: token-model", "other"));
        Assert.Equal(64, Width(Request));
    }

    [Fact]
    public void Model_that_was_not_imported_leaves_the_request_unchanged()
    {
        Save("results", Imported(), []);
        var request = Request;
        Assert.Same(request, PublishedKeys.Adopt(request));
    }

    private static RunConfig Imported(int width = 16) => Config.With(model: Config.Model with { Dim = width, InitKernelSize = 3 });

    private static int Width(TrainingRequest request) => PublishedKeys.Adopt(request).Config.Model.Dim;

    private void Save(string name, RunConfig config, TextTable<string>? given = null)
    {
        using var task = new ToyTask();
        using var state = new TrainingState(task, new());
        Directory.CreateDirectory(folder.File(name));
        CheckpointStore.Save(folder.File(name), state, new(config, 1, "print", task.Metadata) { PublishedKeys = given ?? Given }, keep: 0);
    }
}
