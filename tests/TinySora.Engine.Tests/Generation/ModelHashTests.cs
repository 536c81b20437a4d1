using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Generation;

public sealed class ModelHashTests
{
    private static readonly RunConfig s_config = TinyRun.Config;

    [Fact]
    public void Hash_names_weights_vocabulary_and_what_shapes_a_sample()
    {
        using var task = Task();
        var hash = Hash(task, s_config);
        Assert.Matches("^[0-9A-F]{64}$", hash);
        using var twin = Task();
        Assert.Equal(hash, Hash(twin, s_config));

        Assert.NotEqual(hash, Hash(task, s_config.With(diffusion: s_config.Diffusion with { Timesteps = 11 })));
        Assert.NotEqual(hash, ModelHash.Compute(task.Model, new Dictionary<string, string> { ["vocabulary"] = "[]" }, s_config));
        using (no_grad())
        {
            task.Model.parameters().Last().view(-1)[0] += 1e-6;
        }

        Assert.NotEqual(hash, Hash(task, s_config));
    }

    [Fact]
    public void Hash_ignores_folders_sampling_defaults_and_the_training()
    {
        using var task = Task();
        var other = s_config.With(diffusion: s_config.Diffusion with { Sampler = SamplerKind.Ddpm, SamplingSteps = 7, GuidanceScale = 3 }) with { TrainingDataDir = "elsewhere", Trainer = s_config.Trainer with { TrainLr = 1, ResultsFolder = "there" } };
        Assert.Equal(Hash(task, s_config), Hash(task, other));
    }

    private static DiffusionTask Task()
    {
        manual_seed(1);
        return DiffusionTask.Create(s_config, ["a red circle"], CPU);
    }

    private static string Hash(DiffusionTask task, RunConfig config) => ModelHash.Compute(task.Model, task.Metadata, config);
}
