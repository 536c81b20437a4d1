using TinySora.Engine.Errors;
using TinySora.Engine.Models;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Models;

public sealed class LoadedModelTests
{
    [Fact]
    public void Model_is_identified_by_its_weights_and_reports_unsupported_features()
    {
        using var run = new TinyRun();
        using var elsewhere = new TemporaryFolder();
        run.Train(request => request with { MaxSteps = 2 });
        var copy = elsewhere.File("renamed.safetensors");
        File.Copy(CheckpointStore.Latest(run.Results).Path, copy);

        using var model = LoadedModel.Open(run.Results, "cpu");
        using var copied = LoadedModel.Open(copy, "cpu");

        Assert.Equal((copy, 2, CheckpointWeights.Averaged), (copied.Checkpoint.Path, copied.Checkpoint.Step, copied.Weights));
        Assert.Equal(64, model.Hash.Length);
        Assert.Equal(model.Hash, copied.Hash);
        Assert.False(model.Task.Model.training);
        Assert.Same(model.Task.Video, model.Video());
        Assert.Equal("TinySora.Latent.NoCodec", Assert.Throws<TinySoraException>(() => model.Codec()).Id);
    }
}
