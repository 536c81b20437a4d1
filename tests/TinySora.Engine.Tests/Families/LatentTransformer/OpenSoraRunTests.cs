using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Early Open-Sora's DiT as a whole, on padded clips and texts; see tests/reference/run_open_sora.py.</summary>
public sealed class OpenSoraRunTests
{
    private const int TextWidth = 10;

    private static readonly (int F, int H, int W)[] Sizes = [(2, 4, 6), (2, 6, 4)];

    [Theory]
    [InlineData("cross", TextForm.Cross)]
    [InlineData("cross-adaln", TextForm.CrossAdaLn)]
    [InlineData("concat", TextForm.Concat)]
    public void Ten_steps_and_a_guided_sample_match_PyTorch(string name, object form)
    {
        var config = new RunConfig
        {
            Family = new LatentTransformerConfig
            {
                Model = new()
                {
                    Architecture = LatentNetworkKind.DiT, Depth = 2, HiddenSize = 16, NumHeads = 2, PatchSize = 2, LearnSigma = true,
                    Conditioning = Conditioning.Text, TextForm = (TextForm)form, Positions = PatchOrder.Seq512,
                },
                Clip = new() { Frames = 2, Height = 6 },
                Text = new() { Encoder = TextEncoderKind.None, Width = TextWidth },
            },
            Trainer = new() { CondDropProb = 0.3, EmaDecay = 0.99, StepStartEma = 0, UpdateEmaEvery = 1 },
        };
        var isConcat = (TextForm)form == TextForm.Concat;
        new GoldenRun($"open-sora-{name}") { Prefix = "network." }.Check(
            () => LatentTransformerTask.Create(config.Of<LatentTransformerConfig>(), new SyntheticLatents(null, new(3, 2, 6, 6), 0, [""]), CPU), config.Trainer, seed: 15, examples: 6,
            taken => new LatentBatch(
                stack([.. taken.Select(k => GoldenRun.Noise(3000 + k, 3, 2, 6, 6))]), new string?[taken.Length], [.. taken.Select(k => $"film {k}")])
            {
                Sizes = [.. taken.Select(k => Sizes[k % 2])], Text = TextStates.Pad([.. taken.Select(k => Text(k, isConcat))]),
            },
            task => Sample((LatentDenoiser)task.Model, config.Of<LatentTransformerConfig>().Family.Diffusion.Schedule(), isConcat, name == "cross" ? 2 : 10));
    }

    private static Tensor Text(int example, bool isConcat) => GoldenRun.Noise(4000 + example, isConcat || example % 2 == 1 ? 5 : 3, TextWidth);

    private static Tensor Sample(LatentDenoiser model, NoiseSchedule schedule, bool isConcat, int steps)
    {
        var text = TextStates.Pad([Text(1, isConcat), Text(3, isConcat)]);
        var prompt = new NetworkCondition { Text = text.Values, TextPresent = text.Present, Absent = zeros(2, ScalarType.Bool) };
        var process = new ReverseProcess(schedule, Objective.Noise, new DdpmSampler(), steps)
        {
            ClampsX0 = false, Spacing = StepSpacing.Even, Variance = ReverseVariance.Learned,
        };
        using var noise = new ClipRandom([5, 6], CPU);
        using var predictor = model.Prepare([2, 3, 2, 4, 6], prompt, null, scale: 4);
        return process.Run(predictor.Predict, () => noise.Normal(3, 2, 4, 6));
    }
}
