using System.Text.Json;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Models;
using TinySora.Engine.Models.UNet;
using TorchSharp;
using static TorchSharp.torch;
using static TinySora.Engine.Tests.Models.UNetGolden;

namespace TinySora.Engine.Tests.Diffusion;

public sealed class ReverseProcessTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _grad = no_grad();

    public void Dispose()
    {
        _grad.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Ancestral_sampling_with_given_noise_agrees_with_the_reference(int index)
    {
        var golden = Read("diffusion.json").GetProperty("samples")[index];
        var timesteps = golden.GetProperty("timesteps").GetInt32();
        var percentile = golden.GetProperty("percentile");
        var scale = golden.GetProperty("cond_scale").GetDouble();
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("published").GetProperty("options"))), null);
        SetWeights(model);
        var process = new ReverseProcess(
            new NoiseSchedule(timesteps),
            Objective.Noise,
            new DdpmSampler(),
            timesteps,
            percentile.ValueKind == JsonValueKind.Null ? null : percentile.GetDouble());

        // The reference numbers its noise by level: the start is 3000, what is added after level t is 3000 + t.
        var draws = 0;
        Tensor Given() => Noise(3000 + (draws++ == 0 ? 0 : timesteps + 1 - draws), 2, 3, 5, 8, 8);
        var clip = process.Run((x, t) => model.PredictGuided(x, t, Noise(1001, 2, 6), null, scale), Given);

        Assert.Equal(timesteps, draws);
        Assert.True(RelativeError(clip.select(2, 4), Numbers(golden.GetProperty("values"))) < 1e-3);
    }

    [Fact]
    public void Dynamic_thresholding_follows_the_quantile()
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
    [InlineData(Objective.Noise, 1)]
    [InlineData(Objective.V, 1)]
    [InlineData(Objective.V, 7)]
    public void Ddim_with_a_perfect_model_returns_the_clip_in_any_number_of_steps(Objective objective, int steps)
    {
        var schedule = new NoiseSchedule(20);
        var truth = Noise(1, 1, 1, 2, 4, 4);
        var process = new ReverseProcess(schedule, objective, new DdimSampler(), steps);
        var clip = process.Run((x, t) => Perfect(schedule, objective, x, truth, t), () => Noise(2, 1, 1, 2, 4, 4));
        Assert.True(clip.allclose((truth + 1) / 2, 1e-3, 1e-3));
    }

    [Fact]
    public void Ddim_carries_a_gaussian_along_its_marginals()
    {
        // For data ~ N(0, s²) the best guess of x₀ is linear in x_t, and the flow scales x by the ratio of the marginals'
        // deviations; many small steps must come to that.
        const double s = 0.3;
        var schedule = new NoiseSchedule(4000);
        double Deviation(int t) => Math.Sqrt(schedule.AlphaBar(t) * s * s + 1 - schedule.AlphaBar(t));
        var x = Noise(3, 1, 1, 1, 4, 4);
        var result = x;
        for (var t = 2000; t > 1000; t--)
        {
            var bar = schedule.AlphaBar(t);
            var x0 = result * (Math.Sqrt(bar) * s * s / (bar * s * s + 1 - bar));
            result = new DdimSampler().Step(schedule, result, x0, t, t - 1, () => throw new InvalidOperationException("no noise"));
        }

        Assert.True(result.allclose(x * (Deviation(1000) / Deviation(2000)), 2e-3, 1e-5));
        Assert.InRange(Deviation(1000) / Deviation(2000), 0.1, 0.9);
    }

    [Fact]
    public void Ancestral_sampling_adds_no_noise_in_its_last_step()
    {
        var (schedule, xt, x0) = (new NoiseSchedule(10), Noise(1, 1, 1, 1, 2, 2), Noise(2, 1, 1, 1, 2, 2));
        var draws = 0;
        Tensor Draw()
        {
            draws++;
            return ones_like(xt);
        }

        Assert.True(new DdpmSampler().Step(schedule, xt, x0, 0, -1, Draw).allclose(x0));
        Assert.Equal(0, draws);
        var (c1, c2, variance) = schedule.Posterior(4, 3);
        Assert.True(new DdpmSampler().Step(schedule, xt, x0, 4, 3, Draw).allclose(x0 * c1 + xt * c2 + Math.Sqrt(variance)));
        Assert.Equal(1, draws);
    }

    [Theory]
    [InlineData("ddpm")]
    [InlineData("ddim")]
    public void Results_lie_between_0_and_1_even_with_a_useless_model(string sampler)
    {
        var process = new ReverseProcess(new NoiseSchedule(10), Objective.Noise, Samplers.Get(sampler), 4);
        var seed = 0;
        var done = new List<int>();
        var clip = process.Run((x, t) => x * -3, () => Noise(seed++, 2, 1, 2, 4, 4), new StepList(done));
        Assert.InRange(clip.min().ToDouble(), 0, 1);
        Assert.InRange(clip.max().ToDouble(), 0, 1);
        Assert.Equal([1, 2, 3, 4], done);
    }

    [Fact]
    public void Objectives_agree_on_the_clean_clip_and_the_noise()
    {
        var (x0, noise) = (Noise(1, 2, 3), Noise(2, 2, 3));
        const double bar = 0.37;
        var (signal, sigma) = (tensor((float)Math.Sqrt(bar)), tensor((float)Math.Sqrt(1 - bar)));
        var xt = ObjectiveMath.AddNoise(x0, noise, signal, sigma);
        foreach (var objective in new[] { Objective.Noise, Objective.V })
        {
            Assert.True(objective.CleanClip(xt, objective.Target(x0, noise, signal, sigma), bar).allclose(x0, 1e-4, 1e-5));
        }

        Assert.True(ObjectiveMath.NoiseIn(xt, x0, bar).allclose(noise, 1e-4, 1e-5));
    }

    [Fact]
    public void Guidance_moves_from_the_null_prediction_through_the_prompted_one()
    {
        using var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("frame_text").GetProperty("options"))), null);
        SetWeights(model);
        var (clip, cond) = (Noise(1, 2, 3, 4, 8, 8), Noise(2, 2, 6));
        Tensor Alone(bool dropped) => model.Predict(clip, full([2], 5, ScalarType.Int64), cond, tensor(new[] { dropped, dropped }));

        var (prompted, without) = (Alone(false), Alone(true));
        Assert.True(model.PredictGuided(clip, 5, cond, null, 1).allclose(prompted, 1e-4, 1e-5));
        Assert.True(model.PredictGuided(clip, 5, cond, null, 0).allclose(without, 1e-4, 1e-5));
        Assert.True(model.PredictGuided(clip, 5, cond, null, 2.5).allclose(without + (prompted - without) * 2.5, 1e-3, 1e-4));
        Assert.False(prompted.allclose(without, 1e-2, 1e-2));
    }

    [Fact]
    public void Noise_of_a_clip_depends_on_its_seed_and_not_on_its_place_in_the_batch()
    {
        using var batch = new NoiseSource([5, 6, 7], [1, 2, 2, 2], CPU);
        using var alone = new NoiseSource([6], [1, 2, 2, 2], CPU);
        var (first, second) = (batch.Draw(), batch.Draw());
        Assert.True(alone.Draw().allclose(first.narrow(0, 1, 1)));
        Assert.True(alone.Draw().allclose(second.narrow(0, 1, 1)));
        Assert.False(first.allclose(second));
        Assert.False(first[0].allclose(first[1]));
    }

    [Fact]
    public void Cancelling_stops_between_steps()
    {
        using var cancel = new CancellationTokenSource();
        var process = new ReverseProcess(new NoiseSchedule(10), Objective.V, new DdimSampler(), 10);
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
    public void More_steps_than_levels_or_none_are_refused(int steps)
    {
        var process = new ReverseProcess(new NoiseSchedule(10), Objective.V, new DdimSampler(), steps);
        var error = Assert.Throws<TinySoraException>(() => process.Run((x, t) => x, () => zeros([1, 1, 1, 2, 2])));
        Assert.Equal("TinySora.Model.StepsOutOfRange", error.Id);
    }

    [Fact]
    public void An_unknown_sampler_is_refused_with_the_known_ones()
    {
        var error = Assert.Throws<TinySoraException>(() => Samplers.Get("euler"));
        Assert.Equal("TinySora.Model.UnknownSampler", error.Id);
        Assert.Contains("ddpm, ddim", error.Advice);
    }

    private static Tensor Perfect(NoiseSchedule schedule, Objective objective, Tensor xt, Tensor x0, int t)
    {
        var bar = schedule.AlphaBar(t);
        var noise = ObjectiveMath.NoiseIn(xt, x0, bar);
        return objective == Objective.Noise ? noise : noise * Math.Sqrt(bar) - x0 * Math.Sqrt(1 - bar);
    }

    private sealed class StepList(List<int> done) : IProgress<int>
    {
        public void Report(int value) => done.Add(value);
    }
}
