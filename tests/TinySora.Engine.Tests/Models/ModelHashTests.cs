using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Models;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Models;

public sealed class ModelHashTests
{
    private static readonly RunConfig Config = TinyRun.Config;

    [Fact]
    public void Hash_covers_weights_vocabulary_and_settings_that_shape_a_sample()
    {
        using var task = Task();
        var hash = Hash(task, Config);
        Assert.Matches("^[0-9A-F]{64}$", hash);
        using var twin = Task();
        Assert.Equal(hash, Hash(twin, Config));

        Assert.NotEqual(hash, Hash(task, Config.With(diffusion: Config.Diffusion with { Timesteps = 11 })));
        Assert.NotEqual(hash, ModelHash.Compute(task.Model, new Dictionary<string, string> { ["vocabulary"] = "[]" }, Config));
        using (no_grad())
        {
            task.Model.parameters().Last().view(-1)[0] += 1e-6;
        }

        Assert.NotEqual(hash, Hash(task, Config));
    }

    [Fact]
    public void Hash_ignores_folders_sampling_defaults_and_training_settings()
    {
        using var task = Task();
        var other = Config.With(diffusion: Config.Diffusion with { Sampler = SamplerKind.Ddpm, SamplingSteps = 7, GuidanceScale = 3 }) with { TrainingDataDir = "elsewhere", Trainer = Config.Trainer with { TrainLr = 1, ResultsFolder = "there" } };
        Assert.Equal(Hash(task, Config), Hash(task, other));

        // Keys that older checkpoints lack for their autoencoder.
        Assert.Equal(Hash(task, Config), ModelHash.Compute(task.Model, new Dictionary<string, string>(task.Metadata) { [ModelDependency.TraitsKey] = "stride" }, Config));
    }

    private static PixelUNetTask Task()
    {
        manual_seed(1);
        return PixelUNetTask.Create(Config.Of<PixelUNetConfig>(), ["a red circle"], CPU);
    }

    private static string Hash(PixelUNetTask task, RunConfig config) => ModelHash.Compute(task.Model, task.Metadata, config);
}
