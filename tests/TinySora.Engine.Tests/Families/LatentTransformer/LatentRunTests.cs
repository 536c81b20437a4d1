using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>
/// Whole latent trainings of minisora's transformers and the tutorial's; see tests/reference/run_minisora_latents.py and run_latte_tutorial.py.
/// </summary>
public sealed class LatentRunTests : IDisposable
{
    private readonly ToyCodec codec = new(ToyCodecKind.Plain);

    public void Dispose() => codec.Dispose();

    [Fact]
    public void Ten_steps_of_Latte_and_its_latents_match_PyTorch() =>
        Check("latte", Model(LatentNetworkKind.Latte, depth: 4), new() { Optimizer = OptimizerKind.AdamW, MaxGradNorm = 0.5, MaxGradNormFrom = 4 });

    [Fact]
    public void Ten_steps_of_ST_DiT_and_its_latents_match_PyTorch() =>
        Check("st-dit", Model(LatentNetworkKind.StDiT, depth: 2), new() { MaxGradNorm = 1 });

    [Fact]
    public void Ten_steps_of_the_tutorial_transformer_with_pictures_and_a_sample_of_1000_steps_match_PyTorch() => Check(
        "tutorial-transformer", Model(LatentNetworkKind.LatteTutorial, depth: 4) with { LearnSigma = false },
        new() { Optimizer = OptimizerKind.AdamW }, seed: 16, frames: 3, images: 2, steps: 1000);

    private static TransformerConfig Model(LatentNetworkKind kind, int depth) =>
        new() { Architecture = kind, Depth = depth, HiddenSize = 16, NumHeads = 2, PatchSize = 2, LearnSigma = true };

    private void Check(string name, TransformerConfig model, TrainerConfig trainer, long seed = 55, int frames = 4, int images = 0, int steps = 10)
    {
        var config = new RunConfig
        {
            Family = new LatentTransformerConfig
            {
                Model = model,
                Clip = new() { Frames = 2 * frames, Height = 24, Images = images },
                Latents = new() { Codec = codec.File("codec"), Normalize = LatentNorm.None },
                Diffusion = new() { Spacing = StepSpacing.Even, SamplingSteps = steps },
            },
            Trainer = trainer,
        };
        new GoldenRun(name) { Prefix = "network." }.Check(
            () => LatentTransformerTask.Create(config.Of<LatentTransformerConfig>(), new SyntheticLatents(null, new(3, frames, 6, 6), images, [""]), CPU), trainer, seed, examples: 6,
            taken => new LatentBatch(
                stack([.. taken.Select(k => GoldenRun.Noise(3000 + k, 3, frames + images, 6, 6))]), new string?[taken.Length],
                [.. taken.Select(k => $"film {k}")]) { Images = images },
            task => Sample(task, frames));
    }

    /// <returns>(2, 3, F, 6, 6): latents, scaled to where decoded pixels are not clamped, and back.</returns>
    private static Tensor Sample(ITrainingTask task, int frames)
    {
        const double Size = 4000;
        task.Model.get_buffer("latent_mean")!.fill_(0.5);
        task.Model.get_buffer("latent_deviation")!.fill_(1 / Size);
        var clips = task.Video!.Sample(task.Video.Resolve(new()), [new ClipPrompt(5), new ClipPrompt(6)], null, default);
        return (clips.slice(2, 0, 2 * frames, 2).slice(3, 0, 24, 4).slice(4, 0, 24, 4) - 0.5) * Size;
    }
}
