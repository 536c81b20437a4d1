using System.Text.Json;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Diffusion;

public sealed class ReverseProcessTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly IDisposable grad = no_grad();

    public void Dispose()
    {
        grad.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Sampling_with_the_network_and_given_noise_matches_the_reference(int index)
    {
        var golden = Read("diffusion.json").GetProperty("samples")[index];
        double? Number(string key) => golden.GetProperty(key).ValueKind == JsonValueKind.Null ? null : golden.GetProperty(key).GetDouble();
        string Text(string key) => golden.GetProperty(key).GetString()!;
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("published").GetProperty("options"))), null);
        SetWeights(model);
        var config = new DiffusionConfig
        {
            Objective = UNetTesting.Named<Objective>(Text("objective")), NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(Text("schedule")), Timesteps = (int)Number("timesteps")!,
        };
        var sampler = Samplers.Get(Text("sampler"), Number("eta"));
        var steps = (int)Number("steps")!;
        var process = new ReverseProcess(config.Schedule(), config.Objective, sampler, steps, Number("percentile"));

        // The reference seeds the noise of the published sampler by timestep and all other noise by step; the initial noise has seed 3000.
        var draws = 0;
        Tensor Given()
        {
            var number = draws++;
            return Noise(3000 + (number > 0 && sampler is DdpmSampler ? steps - number : number), 2, 3, 5, 8, 8);
        }

        var clip = ReverseProcess.Pixels(
            process.Run((x, t) => model.PredictGuided(x, t, Prompt(Noise(1001, 2, 6)), null, Number("cond_scale")!.Value), Given));

        Assert.Equal(sampler is DdpmSampler || Number("eta") > 0 ? steps : 1, draws);

        // Compares norms: single values of PyTorch's own float32 differ from its float64 by up to 3e-4 here, because the first of the ten
        // published timesteps multiplies errors of the network by 644.
        var expected = tensor(Numbers(golden.GetProperty("values")).Select(value => (float)value).ToArray()).view(2, 3, 8, 8);
        Assert.InRange(((clip.select(2, 4) - expected).norm() / expected.norm()).ToDouble(), 0, 1e-4);
    }

    [Fact]
    public void Dynamic_thresholding_uses_the_quantile()
    {
        var golden = Read("diffusion.json").GetProperty("thresholded");
        var clip = Noise(4000, 2, 3, 5, 8, 8) * 2;
        var result = Thresholding.Apply(clip, golden.GetProperty("percentile").GetDouble());
        Assert.True(RelativeError(result.select(1, 0).select(1, 0), Numbers(golden.GetProperty("values"))) < 1e-5);
        Assert.False(result.allclose(Thresholding.Apply(clip, null)));
        var calm = clip * 0.3;
        Assert.True(Thresholding.Apply(calm, 0.9).allclose(calm));
    }

    [Theory]
    [InlineData("ddpm")]
    [InlineData("ddim")]
    [InlineData("dpm++2m")]
    [InlineData("heun")]
    public void Results_are_between_0_and_1_even_with_a_useless_model(string sampler)
    {
        var process = new ReverseProcess(NoiseSchedule.Cosine(10), Objective.Noise, Samplers.Get(sampler), 4);
        var seed = 0;
        var done = new List<int>();
        var clip = ReverseProcess.Pixels(process.Run((x, t) => x * -3, () => Noise(seed++, 2, 1, 2, 4, 4), stepDone: new ImmediateProgress<int>(done.Add)));
        Assert.InRange(clip.min().ToDouble(), 0, 1);
        Assert.InRange(clip.max().ToDouble(), 0, 1);
        Assert.Equal([1, 2, 3, 4], done);
    }

    [Fact]
    public void Noised_start_visits_only_the_timesteps_below_it()
    {
        var schedule = NoiseSchedule.Cosine(10);
        var (clips, noise) = (Noise(1, 1, 1, 1, 2, 2), Noise(2, 2, 1, 1, 2, 2));
        var seen = new List<int>();
        Tensor Watch(Tensor x, int t)
        {
            Assert.True(seen.Count > 0 || x.allclose(schedule[5].AddNoise(clips, noise)));
            seen.Add(t);
            return x;
        }

        var process = new ReverseProcess(schedule, Objective.V, new DdimSampler(), 3);
        process.Run(Watch, () => noise.clone(), new SamplingStart(clips, 5));

        Assert.Equal([5, 3, 1], seen);
        var error = Assert.Throws<TinySoraException>(
            () => (process with { Steps = 7 }).Run(Watch, () => noise, new SamplingStart(clips, 5)));
        Assert.Equal("TinySora.Model.StepsOutOfRange", error.Id);
        Assert.Contains("1 to 6", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Sampling_keeps_only_its_result_in_memory()
    {
        var process = new ReverseProcess(NoiseSchedule.Cosine(10), Objective.V, new DpmSolverSampler(), 5);
        Tensor Sampled() => process.Run((x, t) => x * 0.5, () => Noise(1, 1, 1, 1, 2, 2));
        using var scope = NewDisposeScope();
        Sampled();
        var once = scope.DisposablesCount;
        process = process with { Steps = 10 };
        Sampled();
        Assert.Equal(2 * once, scope.DisposablesCount);
    }

    [Fact]
    public void Guidance_extrapolates_from_the_null_prediction_through_the_prompted_one()
    {
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("additions").GetProperty("options"))), null);
        SetWeights(model);
        var (clip, cond) = (Noise(1, 2, 3, 4, 8, 8), Noise(2, 2, 6));
        Tensor Alone(bool dropped) => model.Predict(clip, full([2], 5, ScalarType.Int64), cond, tensor(new[] { dropped, dropped }));

        var (prompted, without) = (Alone(false), Alone(true));
        Assert.True(model.PredictGuided(clip, 5, Prompt(cond), null, 1).allclose(prompted, 1e-4, 1e-5));
        Assert.True(model.PredictGuided(clip, 5, Prompt(cond), null, 0).allclose(without, 1e-4, 1e-5));
        Assert.True(model.PredictGuided(clip, 5, Prompt(cond), null, 2.5).allclose(without + (prompted - without) * 2.5, 1e-3, 1e-4));
        Assert.False(prompted.allclose(without, 1e-2, 1e-2));
    }

    [Fact]
    public void Guidance_does_not_change_a_clip_without_a_prompt_in_a_batch_with_prompts()
    {
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("additions").GetProperty("options"))), null);
        SetWeights(model);
        var (clip, cond, absent) = (Noise(1, 3, 3, 4, 8, 8), Noise(2, 3, 6), tensor(new[] { false, true, false }));
        Tensor Alone(Tensor dropped) => model.Predict(clip, full([3], 5, ScalarType.Int64), cond, dropped);

        var (prompted, without) = (Alone(absent), Alone(ones_like(absent)));
        var guided = model.PredictGuided(clip, 5, new Condition(cond, absent), null, 3);

        Assert.True(guided.allclose(without + (prompted - without) * 3, 1e-3, 1e-4));
        Assert.True(guided[1].allclose(without[1], 1e-4, 1e-5));
        Assert.False(guided[0].allclose(guided[2], 1e-2, 1e-2));
    }

    [Fact]
    public void Scale_1_takes_one_pass_and_any_other_two()
    {
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("additions").GetProperty("options"))), null);
        SetWeights(model);
        long Operations(double scale)
        {
            var before = FlopCounter.Count;
            model.PredictGuided(Noise(1, 2, 3, 4, 8, 8), 5, Prompt(Noise(2, 2, 6)), null, scale);
            return FlopCounter.Count - before;
        }

        Assert.InRange((double)Operations(2) / Operations(1), 1.9, 2);
        Assert.Equal(Operations(2), Operations(0));
    }

    [Fact]
    public void Guidance_starts_from_the_negative_prediction()
    {
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("additions").GetProperty("options"))), null);
        SetWeights(model);
        var (clip, cond, negative) = (Noise(1, 2, 3, 4, 8, 8), Noise(2, 2, 6), Noise(3, 2, 6));
        Tensor Alone(Tensor vectors, bool dropped) =>
            model.Predict(clip, full([2], 5, ScalarType.Int64), vectors, tensor(new[] { dropped, false }));

        // The first clip has no negative prompt, the second has one.
        var (prompted, from) = (Alone(cond, false), Alone(negative, true));
        var guided = model.PredictGuided(clip, 5, Prompt(cond), new Condition(negative, tensor(new[] { true, false })), 2.5);
        Assert.True(guided.allclose(from + (prompted - from) * 2.5, 1e-3, 1e-4));
    }

    [Fact]
    public void Noise_of_a_clip_depends_on_its_seed_and_not_on_its_batch_index()
    {
        using var batch = new ClipRandom([5, 6, 7], CPU);
        using var alone = new ClipRandom([6], CPU);
        var (first, second) = (batch.Normal(1, 2, 2, 2), batch.Normal(1, 2, 2, 2));
        Assert.True(alone.Normal(1, 2, 2, 2).allclose(first.narrow(0, 1, 1)));
        Assert.True(alone.Normal(1, 2, 2, 2).allclose(second.narrow(0, 1, 1)));
        Assert.False(first.allclose(second));
        Assert.False(first[0].allclose(first[1]));
    }

    [Fact]
    public void Cancelling_stops_between_steps()
    {
        using var cancel = new CancellationTokenSource();
        var process = new ReverseProcess(NoiseSchedule.Cosine(10), Objective.V, new DdimSampler(), 10);
        var calls = 0;
        Tensor CancelAtThird(Tensor x, int t)
        {
            if (++calls == 3)
            {
                cancel.Cancel();
            }

            return x;
        }

        Assert.Throws<OperationCanceledException>(() => process.Run(CancelAtThird, () => zeros([1, 1, 1, 2, 2]), ct: cancel.Token));
        Assert.Equal(3, calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void Too_many_steps_or_none_are_refused(int steps)
    {
        var process = new ReverseProcess(NoiseSchedule.Cosine(10), Objective.V, new DdimSampler(), steps);
        var error = Assert.Throws<TinySoraException>(() => process.Run((x, t) => x, () => zeros([1, 1, 1, 2, 2])));
        Assert.Equal("TinySora.Model.StepsOutOfRange", error.Id);
    }

    private static Condition Prompt(Tensor vectors) => new(vectors, zeros([vectors.shape[0]], ScalarType.Bool));
}
