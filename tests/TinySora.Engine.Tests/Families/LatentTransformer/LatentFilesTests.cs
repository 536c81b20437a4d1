using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Training;
using TorchSharp;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Files that a run writes next to its checkpoints for the published code, and reads from it.</summary>
public sealed class LatentFilesTests : VideoRuns
{
    [Fact]
    public void Each_checkpoint_is_also_a_plain_state_dict_that_a_new_run_starts_from()
    {
        Run("task/run", Config("../net.pth"), null);
        var path = folder.File("task", "net.pth");
        var trained = Tensors("task/run").Where(item => item.Key.StartsWith("model.network.", StringComparison.Ordinal))
            .ToDictionary(item => item.Key["model.network.".Length..], item => item.Value);
        using (var file = TensorFile.Open(path))
        {
            Assert.Equal(trained.Keys.Order(), file.Tensors.Keys.Order());
            Assert.All(file.Tensors, item =>
            {
                using var values = item.Value.As(torch.ScalarType.Float64).Read();
                Assert.Equal(trained[item.Key], values.data<double>().ToArray());
            });
        }

        // At this learning rate, a step has no visible effect.
        var observer = new RecordingObserver();
        var config = Config("../net.pth");
        Run("task/other", config with { Trainer = config.Trainer with { TrainLr = 1e-12, Seed = 7 } }, 1, observer);
        Assert.Contains($"Starting from the weights of '{path}'.", observer.Messages);
        var begun = Tensors("task/other");
        Assert.All(trained, item => Assert.All(item.Value.Zip(begun["model.network." + item.Key]), pair => Assert.Equal(pair.First, pair.Second, 1e-6)));

        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);
        Assert.Throws<TinySoraException>(() => Run("task/third", config, 1));
    }

    [Theory]
    [InlineData("net.pth", true)]
    [InlineData("../net.pth", true)]
    [InlineData("../../net.pth", false)]
    [InlineData("/net.pth", false)]
    [InlineData("a/../../net.pth", false)]
    [InlineData("../", false)]
    public void State_dict_stays_in_or_next_to_the_folder_of_the_run(string name, bool isRight) =>
        Assert.Equal(isRight ? [] : ["files.weights"], ConfigFile.Check(Text(name), "tiny").Select(problem => (string)problem.Target!));

    private static RunConfig Config(string name) => ConfigFile.Parse(Text(name), "tiny");

    private static string Text(string name) => $$"""
        family: latent-transformer
        model: { architecture: latte-tutorial, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 4 }
        clip: { frames: 4, height: 16 }
        diffusion: { timesteps: 20 }
        trainer: { train_batch_size: 2, train_num_steps: 2, num_sample_rows: 0, ema_decay: 0, step_start_ema: 0, update_ema_every: 1, seed: 3 }
        files: { weights: '{{name}}' }
        """;
}
