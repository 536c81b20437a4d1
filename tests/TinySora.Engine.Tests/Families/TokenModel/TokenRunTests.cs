using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>minisora's token models as a whole; see tests/reference/run_minisora_tokens.py.</summary>
public sealed class TokenRunTests : IDisposable
{
    private const int Codes = 5;

    private static readonly TokenNetworkConfig Network = new() { NLayer = 2, NHead = 2, NEmbd = 16, BlockSize = 12, SampleStride = 1, Dropout = 0 };

    private static readonly TrainerConfig Gpt = new()
    {
        Optimizer = OptimizerKind.AdamW, TrainLr = 5e-4, AdamBeta2 = 0.99, WeightDecay = 0.1, WeightDecayFromAxes = 2, MaxGradNorm = 1,
        LrSchedule = LearningRateSchedule.Cosine, LrDecaySteps = 10, LrFinalFactor = 0.2,
    };

    private readonly ToyCodec codec = new(ToyCodecKind.Quantized);

    public void Dispose() => codec.Dispose();

    [Fact]
    public void Ten_steps_of_nanoGPT_and_its_tokens_match_PyTorch() => Check("nanogpt", Network, Gpt);

    [Fact]
    public void Ten_steps_of_mdGPT_that_predicts_the_last_token_match_PyTorch() =>
        Check("mdgpt-last", Network with { Architecture = TokenModelKind.MdGpt, Use1dPosEmb = true, OnlyPredictLast = true }, Gpt with { WarmupSteps = 9 });

    [Fact]
    public void Ten_steps_of_mdGPT_that_attends_to_the_previous_frame_match_PyTorch() =>
        Check("mdgpt-frames", Network with { Architecture = TokenModelKind.MdGpt, Use1dPosEmb = true, BlockSize = 24, SparseBlockSize = 10 }, Gpt);

    [Fact]
    public void Ten_steps_of_Mamba_and_its_tokens_match_PyTorch() => Check(
        "mamba", Network with { Architecture = TokenModelKind.Mamba },
        new() { Optimizer = OptimizerKind.AdamW, TrainLr = 5e-4, WeightDecay = 0.01, MaxGradNorm = 1 });

    private void Check(string name, TokenNetworkConfig network, TrainerConfig trainer)
    {
        var config = new RunConfig
        {
            Family = new TokenModelConfig
            {
                Model = network, Clip = new VideoClipConfig { Frames = 4, Height = 16 },
                Tokens = new() { Codec = codec.File("codec") }, Sampling = new() { Temperature = 0.8, TopK = 4 },
            },
            Trainer = trainer,
        };
        new GoldenRun(name) { Prefix = "network." }.Check(
            () => TokenModelTask.Create(config.Of<TokenModelConfig>(), null!, CPU), trainer, seed: 12, examples: 6,
            taken => new LatentBatch(stack([.. taken.Select(Tokens)]), new string?[taken.Length], [.. taken.Select(k => $"clip {k}")]),
            task => Shown(task.Video!.Sample(task.Video.Resolve(new()), [new ClipPrompt(5), new ClipPrompt(6)], null, default)));
    }

    /// <returns>(1, 2, 4, 4) int64.</returns>
    private static Tensor Tokens(int example) =>
        ((GoldenRun.Noise(3000 + example, 1, 2, 4, 4) + 1) / 2 * Codes).floor().to(ScalarType.Int64);

    /// <summary>Returns the tokens of a clip by their colors: black, red, green, blue, and white, which is how the codec's last code appears.</summary>
    private static Tensor Shown(Tensor clips)
    {
        var seen = clips.slice(2, 0, 4, 2).slice(3, 0, 16, 4).slice(4, 0, 16, 4);                               // (B, 3, 2, 4, 4)
        var number = seen[TensorIndex.Colon, 0] + (seen[TensorIndex.Colon, 1] * 2) + (seen[TensorIndex.Colon, 2] * 3);
        return number.clamp(max: Codes - 1);
    }
}
