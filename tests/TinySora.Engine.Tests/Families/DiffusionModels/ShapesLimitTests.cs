using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Latents;
using TinySora.Engine.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.DiffusionModels;

public sealed class ShapesLimitTests
{
    private static readonly IReadOnlyList<ShapesCombination> Trained = ShapesWorld.GetCombinations(ShapesSplit.Trained);
    private static readonly Func<double, double> Pixels = ShapesLimit.OfPixels();
    private static readonly Func<double, double> Latents = ShapesLimit.OfLatents(BundledHash)!;

    /// <summary>Under pure noise, the best prediction is the mean clip of a caption; with little noise, four values are estimated like in linear regression.</summary>
    [Fact]
    public void Limits_approach_the_values_for_pure_noise_and_for_little_noise()
    {
        using var scope = NewDisposeScope();
        var variance = Trained.Where((_, i) => i % 4 == 0).Select(combination => Clips(Enumerable.Repeat(combination, 64)).var([0]).mean().ToDouble()).Average();
        Assert.Equal(1, Pixels(1e6) / (4 * variance), 0.05);
        Assert.Equal(1, Pixels(0.01) / (1e-4 * ShapesWorld.JitterCount / (3 * 5 * 32 * 32)), 0.05);
        Assert.Equal(1, Latents(0.01) / (1e-4 * ShapesWorld.JitterCount / (8 * 5 * 8 * 8)), 0.05);
    }

    [Fact]
    public void Limits_grow_with_the_noise_without_jumps()
    {
        foreach (var limit in new[] { Pixels, Latents })
        {
            var values = Enumerable.Range(0, 400).Select(i => limit(0.1 * Math.Exp(0.025 * i))).ToList();
            Assert.All(values.Zip(values.Skip(1)), pair => Assert.InRange(pair.Second / pair.First, 1 - 1e-9, Math.Exp(0.065)));
        }
    }

    /// <summary>The bundled model is good, but nothing can be better than the limit.</summary>
    [Fact]
    public void Bundled_model_is_worse_than_the_limit_at_every_noise_level()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var loaded = LoadedModel.Open(Repository.At("models", "shapes-lean.safetensors"), "cpu");
        using var codec = CodecModel.Open(Repository.At("models", "clips-vae.safetensors"), "cpu");
        var limit = ShapesLimit.OfLatents(codec.Hash)!;
        var task = (LatentTransformerTask)loaded.Task;
        var model = (LatentDenoiser)task.Model;
        var diffusion = ((LatentTransformerConfig)loaded.Config.Family).Diffusion;
        manual_seed(1);
        var x0 = model.Normalized(codec.Encode(Clips(Trained)));
        var condition = task.ConditionOf(new LatentBatch(x0, [.. Trained.Select(ShapesWorld.Caption)], []));
        foreach (var timestep in new[] { 100, 400, 700, 950, 999 })
        {
            var level = diffusion.Schedule()[timestep];
            var noisy = level.AddNoise(x0, randn_like(x0));
            var prediction = model.Predict(noisy, full(x0.shape[0], timestep, dtype: ScalarType.Int64), condition);
            var error = (diffusion.Objective.PredictedX0(noisy, prediction, level) - x0).square().mean().ToDouble();
            // The limit is a mean over clips, and a sample of 144 clips deviates from it by a few percent.
            Assert.InRange(error / limit(level.Sigma / level.Signal), 0.85, timestep == 100 ? 1000 : 20);
        }
    }

    [Fact]
    public void Limit_applies_to_captioned_clips_of_the_whole_world_in_its_size()
    {
        var shape = new ClipShape(3, 5, 32);
        string?[] captions = [.. Trained.Select(ShapesWorld.Caption)];
        var loss = new DenoisingLoss(NoiseSchedule.Cosine(100), Objective.X0, LossKind.L2);
        double? Loss(ClipShape shape, IEnumerable<string?> captions) => ShapesLimit.Loss(loss, TimestepDistribution.Uniform, shape, captions, Pixels);
        var expected = loss.Mean(TimestepDistribution.Uniform, Pixels);
        Assert.Equal(expected, Loss(shape, captions));
        Assert.Equal(expected, Loss(shape, [.. captions, .. captions, "pink heart growing"]));
        Assert.Null(Loss(shape, captions.Skip(1)));
        Assert.Null(Loss(shape, [.. captions, null]));
        Assert.Null(Loss(shape, [.. captions, "a cat"]));
        Assert.All([shape with { Frames = 4 }, shape with { Height = 16 }, shape with { Width = 64 }, shape with { Channels = 1 }],
            other => Assert.Null(Loss(other, captions)));
        Assert.Null(ShapesLimit.Loss(loss, TimestepDistribution.Uniform, shape, captions, ShapesLimit.OfLatents("0123")));
    }

    [Fact]
    public void Pixels_of_half_the_range_have_a_quarter_of_the_error() => Assert.Equal(Pixels(8) / 4, ShapesLimit.OfPixels(isHalf: true)(4), 1e-12);

    private static string BundledHash
    {
        get
        {
            using var codec = CodecModel.Open(Repository.At("models", "clips-vae.safetensors"), "cpu");
            return codec.Hash;
        }
    }

    /// <returns>Random clips (B, 3, F, H, W) in [0, 1].</returns>
    private static Tensor Clips(IEnumerable<ShapesCombination> combinations) => stack(combinations.Select((combination, i) =>
    {
        var clip = ShapesWorld.Render(combination, SplitMix64.Mix(5, i));
        return tensor(clip.Pixels).view(clip.Frames, clip.Height, clip.Width, 3).permute(3, 0, 1, 2);
    })).to(ScalarType.Float32) / 255;
}
