using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Media;
using TinySora.Engine.Tests.Data.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>How the task handles pixels and texts, with networks that predict zero or are filled by <see cref="Formulas"/>.</summary>
public sealed class LatentTaskTests
{
    private static Tensor Pixels => Formulas.Clips(2, 3, 2, 4, 4);

    /// <summary>The error of a network that predicts zero is the clip itself.</summary>
    [Theory]
    [InlineData(PixelRange.Unit)]
    [InlineData(PixelRange.Half)]
    public void Pixels_are_denoised_in_the_configured_range(PixelRange range)
    {
        using var scope = NewDisposeScope();
        using var task = Create(new() { Objective = Objective.X0 }, range);
        var expected = range == PixelRange.Half ? Pixels - 0.5 : (Pixels * 2) - 1;
        Assert.Equal(expected.square().mean().ToDouble(), Loss(task, Pixels, [null, null], range: range).ToDouble(), 1e-6);
    }

    /// <summary>With zero noise predicted, the clip is the initial noise divided by the remaining signal; in the published range it is not clamped.</summary>
    [Theory]
    [InlineData(PixelRange.Unit)]
    [InlineData(PixelRange.Half)]
    public void Predicted_x0_is_clamped_only_in_our_pixel_range(PixelRange range)
    {
        using var scope = NewDisposeScope();
        var noise = new LatentDiffusionConfig { Timesteps = 4, Sampler = SamplerKind.Ddim, SamplingSteps = 4, NoiseSchedule = NoiseScheduleKind.PlainLinear, BetaEnd = 0.5 };
        using var task = Create(noise, range);
        var made = ((IVideoModel)task).Sample(task.Resolve(new()), [new ClipPrompt(5)], null, CancellationToken.None);
        using var source = new ClipRandom([5], CPU);
        var clean = source.Normal(3, 2, 4, 4) / noise.Schedule()[3].Signal;
        Assert.True(clean.abs().max().ToDouble() > 1.2);
        Assert.True(made.allclose(range == PixelRange.Half ? (clean + 0.5).clamp(0, 1) : (clean.clamp(-1, 1) + 1) / 2, 1e-4, 1e-4));
    }

    [Theory]
    [InlineData(PixelRange.Unit)]
    [InlineData(PixelRange.Half)]
    public void Start_clip_without_noise_is_returned_unchanged(PixelRange range)
    {
        using var scope = NewDisposeScope();
        using var task = Create(new(), range);
        var clip = new Clip([.. Enumerable.Range(0, 2 * 4 * 4 * 3).Select(i => (byte)(i * 2))], 2, 4, 4, 3);
        var plan = task.Resolve(new() { Start = new Variation(clip) { Noise = 0 } });
        var made = ((IVideoModel)task).Sample(plan, [new ClipPrompt(5)], null, CancellationToken.None);
        Assert.Equal(clip.Pixels, ClipTensor.FromTensor(made[0]).Pixels);
    }

    /// <summary>
    /// In training, the patches of a short text follow the longest text of the micro-batch; validation and sampling treat each
    /// example separately.
    /// </summary>
    [Fact]
    public void Patches_follow_the_longest_text_of_a_micro_batch_only_in_training()
    {
        using var scope = NewDisposeScope();
        string?[] captions = ["a ball", "a red ball moves up and to the left"];
        using var task = Create(new(), text: true, captions: captions);
        Formulas.Fill(task.Model);
        var whole = Loss(task, Pixels, captions).ToDouble();
        double Part(int first, Action<Tensor> sum) =>
            Loss(task, Pixels.narrow(0, first, 1), [captions[first]], new BatchShare(first, 1, 2, sum)).ToDouble();

        var (shorter, longer) = (2f, 9f);
        Assert.Equal(whole, (Part(0, all => all[1].fill_(longer)) + Part(1, all => all[0].fill_(shorter))) / 2, 1e-5);
        Assert.NotEqual(whole, (Part(0, _ => { }) + Part(1, _ => { })) / 2, 1e-5);

        // The sum over clips equals that of the separate clips, whatever their neighbour is.
        double Validated(params int[] texts) => task.Validate([Batch(Pixels, [.. texts.Select(i => captions[i])])])["loss"];
        double Trained(params int[] texts) => Loss(task, Pixels, [.. texts.Select(i => captions[i])]).ToDouble();
        Assert.Equal(Validated(0, 0) + Validated(1, 1), Validated(0, 1) + Validated(1, 0), 1e-6);
        Assert.NotEqual(Trained(0, 0) + Trained(1, 1), Trained(0, 1) + Trained(1, 0), 1e-5);
    }

    /// <summary>Padding would count as motion.</summary>
    [Fact]
    public void Motion_weighting_requires_clips_of_one_size()
    {
        using var scope = NewDisposeScope();
        using var task = Create(new() { Objective = Objective.X0, MotionWeight = 1 });
        using var batch = Batch(Pixels, [null, null]) with { Sizes = [(2, 4, 4), (1, 4, 4)] };
        using var generator = new Generator(3);
        Assert.Equal("TinySora.Model.SeveralSizes", Assert.Throws<TinySoraException>(
            () => task.Loss(batch, 0, new StepContext(0, 1, generator))).Id);
        Assert.True(task.Loss(batch with { Sizes = null }, 0, new StepContext(0, 1, generator)).Total.ToDouble() > 0);
    }

    private static LatentBatch Batch(Tensor pixels, IReadOnlyList<string?> captions, PixelRange range = PixelRange.Unit) =>
        PixelExamples.ToLatentBatch(new(pixels, captions, [.. captions.Select((_, i) => $"{i}")]), range);

    private static Tensor Loss(
        LatentTransformerTask task, Tensor pixels, IReadOnlyList<string?> captions, BatchShare? share = null, PixelRange range = PixelRange.Unit)
    {
        using var generator = new Generator(3);
        using var batch = Batch(pixels, captions, range);
        return task.Loss(batch, 0, new StepContext(0, 1, generator) { Share = share }).Total;
    }

    private static LatentTransformerTask Create(
        LatentDiffusionConfig diffusion, PixelRange range = PixelRange.Unit, bool text = false, IReadOnlyList<string?>? captions = null)
    {
        var config = new RunConfig
        {
            Family = new LatentTransformerConfig
            {
                Model = TransformerTesting.Small(LatentNetworkKind.DiT) with { Conditioning = text ? Conditioning.Text : Conditioning.None },
                Clip = new() { Frames = 2, Height = 4, PixelRange = range }, Text = new() { Width = 8 }, Diffusion = diffusion,
            },
            Trainer = new() { CondDropProb = 0 },
        };
        return LatentTransformerTask.Create(config.Of<LatentTransformerConfig>(), new CaptionedExamples(captions ?? []), CPU);
    }
}
