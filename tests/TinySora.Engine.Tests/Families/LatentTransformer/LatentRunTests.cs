using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families;
using TinySora.Engine.Families.Films;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>minisora's transformers over latents as a whole, see tests/reference/run_minisora_latents.py.</summary>
public sealed class LatentRunTests : IDisposable
{
    private static readonly LatentShape Latents = new(3, 4, 6, 6);

    private readonly ToyCodec codec = new(ToyCodecKind.Plain);

    public void Dispose() => codec.Dispose();

    [Fact]
    public void Ten_steps_of_Latte_and_its_latents_are_those_of_PyTorch() =>
        Check("latte", TransformerKind.Latte, depth: 4, new() { Optimizer = OptimizerKind.AdamW, MaxGradNorm = 0.5, MaxGradNormFrom = 4 });

    [Fact]
    public void Ten_steps_of_ST_DiT_and_its_latents_are_those_of_PyTorch() =>
        Check("st-dit", TransformerKind.StDiT, depth: 2, new() { MaxGradNorm = 1 });

    private void Check(string name, TransformerKind kind, int depth, TrainerConfig trainer)
    {
        var config = new RunConfig
        {
            Family = new LatentTransformerConfig
            {
                Model = new() { Architecture = kind, Depth = depth, HiddenSize = 16, NumHeads = 2, PatchSize = 2, LearnSigma = true },
                Clip = new() { Frames = 8, Height = 24 },
                Latents = new() { Codec = codec.File("codec"), Normalize = LatentNorm.None },
                Diffusion = new() { Spacing = StepSpacing.Even, SamplingSteps = 10 },
            },
            Trainer = trainer,
        };
        new GoldenRun(name) { Prefix = "network." }.Check(
            () => LatentTransformerTask.Create(config, new SyntheticLatents(Latents, 0, [""]), CPU), trainer, seed: 55, examples: 6,
            taken => new LatentBatch(
                stack([.. taken.Select(k => GoldenRun.Noise(3000 + k, 3, 4, 6, 6))]), new string?[taken.Length], [.. taken.Select(k => $"film {k}")]),
            Sample);
    }

    /// <returns>(2, 3, 4, 6, 6): latents, brought to where decoded pixels are not limited, and back.</returns>
    private static Tensor Sample(ITrainingTask task)
    {
        const double Size = 2000;
        task.Model.get_buffer("latent_mean")!.fill_(0.5);
        task.Model.get_buffer("latent_deviation")!.fill_(1 / Size);
        var clips = task.Video!.Sample(task.Video.Resolve(new()), [new ClipPrompt(5), new ClipPrompt(6)], null, default);
        return (clips.slice(2, 0, 8, 2).slice(3, 0, 24, 4).slice(4, 0, 24, 4) - 0.5) * Size;
    }
}
