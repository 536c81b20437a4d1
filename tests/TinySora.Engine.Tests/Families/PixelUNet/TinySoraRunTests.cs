using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

/// <summary>Tiny SORA as a whole; see tests/reference/run_tiny_sora.py.</summary>
public sealed class TinySoraRunTests
{
    private const int Width = 6;

    private static readonly long[] Shape = [3, 4, 8, 8];

    [Fact]
    public void Ten_steps_and_a_guided_sample_match_PyTorch()
    {
        var config = new RunConfig
        {
            Family = new PixelUNetConfig
            {
                Model = new ModelConfig
                {
                    Dim = 8, DimMults = [1, 2], AttnHeads = 2, AttnDimHead = 16, TextEncoder = TextEncoderKind.None, CondDim = Width,
                },
                Diffusion = new DiffusionConfig { Height = 8, Frames = 4, Timesteps = 10, UseDynamicThres = true, DynamicThresPercentile = 0.9 },
            },
            Trainer = new TrainerConfig { CondDropProb = 0.3, ProbFocusPresent = 0.3, EmaDecay = 0.9, StepStartEma = 4, UpdateEmaEvery = 2 },
        };
        new GoldenRun("tiny-sora") { Prefix = "denoise_fn." }.Check(
            () => PixelUNetTask.Create(config.Of<PixelUNetConfig>(), [], CPU), config.Trainer, seed: 11, examples: 6,
            taken => GoldenRun.Clips(taken, Shape) with { Vectors = [.. taken.Select(Vector)] },
            task => task.Video!.Sample(
                new SampleRequest([null, null], [5, 6], GuidanceScale: 3) { Vectors = [Vector(0), Vector(1)] }, null, default));
    }

    private static float[] Vector(int example) => GoldenRun.Noise(4000 + example, Width).data<float>().ToArray();
}
