using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Tests.Families.PixelUNet;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Diffusion;

/// <summary>
/// Properties of samplers on data whose ideal network is known in closed form: for x₀ ~ N(mean, deviation²), the best prediction of x₀ is linear
/// in x_t, and the probability-flow ODE moves x_t along the deviations of its marginals.
/// </summary>
public sealed class SamplerTests : IDisposable
{
    private const double Mean = 0.2, Deviation = 0.3;

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string, string> Combinations()
    {
        var data = new TheoryData<string, string>();
        foreach (var sampler in Samplers.Names)
        {
            foreach (var objective in ConfigNames.All(typeof(Objective)))
            {
                data.Add(sampler, objective);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Data_of_a_single_clip_is_sampled_exactly_in_any_number_of_steps(string sampler, string objective)
    {
        foreach (var steps in new[] { 1, 2, 7, 20 })
        {
            var config = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), Timesteps = 20 };
            Assert.True(Run(config, Samplers.Get(sampler), steps, Noise(1, 1, 1, 1, 2, 4), deviation: 0)
                .allclose(full([1, 1, 1, 2, 4], Mean), 1e-4, 1e-4));
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Normal_distribution_is_sampled_with_its_mean_and_deviation(string name, string objective)
    {
        var steps = name == "ddpm" ? 400 : name is "ddim" or "euler" ? 200 : 50;
        var config = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), Timesteps = 400 };

        // Every step is affine: if draw i is the i-th unit vector, the result is the response to each draw, followed by the mean.
        var draws = 0;
        Tensor UnitVector()
        {
            var unit = zeros([1, 1, 1, 1, steps + 1]);
            unit[0, 0, 0, 0, draws++] = tensor(1f);
            return unit;
        }

        var result = Run(config, Samplers.Get(name), steps, null, noise: UnitVector).flatten();
        Assert.Equal(name == "ddpm" ? steps : 1, draws);
        Assert.Equal(Mean, result[steps].ToDouble(), 1e-2);
        Assert.Equal(Deviation, (result - result[steps]).square().sum().sqrt().ToDouble(), 1e-2);
    }

    [Theory]
    [InlineData("ddim", "v", "cosine", 1)]
    [InlineData("euler", "flow", "cosine", 1)]
    [InlineData("dpm++2m", "v", "cosine", 2)]
    [InlineData("dpm++2m", "noise", "linear", 2)]
    [InlineData("dpm++2m", "flow", "cosine", 2)]
    [InlineData("heun", "x0", "cosine", 2)]
    [InlineData("heun", "v", "linear", 2)]
    [InlineData("heun", "flow", "cosine", 2)]
    public void Few_steps_approach_the_exact_path_at_the_order_of_the_method(string name, string objective, string schedule, int order)
    {
        var config = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(schedule), Timesteps = 1000 };
        double Error(string sampler, int steps)
        {
            const double start = 1.3;
            var first = config.Schedule()[999];
            var deviation = Math.Sqrt(Math.Pow(first.Signal * Deviation, 2) + (first.Sigma * first.Sigma));
            var exact = Mean + (Deviation / deviation * (start - (first.Signal * Mean)));
            return Math.Abs(Run(config, Samplers.Get(sampler), steps, full([1, 1, 1, 1, 1], start)).ToDouble() - exact);
        }

        var (coarse, fine) = (Error(name, 10), Error(name, 80));
        Assert.InRange(coarse / fine, order == 1 ? 5 : 14, order == 1 ? 11 : 1000);
        Assert.True(order == 1 || fine < Error("ddim", 80) / 4);
    }

    [Theory]
    [InlineData("v", 20)]
    [InlineData("v", 5)]
    [InlineData("flow", 20)]
    [InlineData("flow", 5)]
    public void DDIM_with_eta_1_equals_DDPM(string objective, int steps)
    {
        var config = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), Timesteps = 20 };
        Tensor Sampled(ISampler sampler)
        {
            var seed = 0;
            return Run(config, sampler, steps, null, noise: () => Noise(seed++, 1, 1, 2, 4, 4));
        }

        var ancestral = Sampled(new DdpmSampler());
        Assert.True(Sampled(Samplers.Get("ddim", 1)).allclose(ancestral, 1e-4, 1e-5));
        Assert.False(Sampled(Samplers.Get("ddim", 0.5)).allclose(ancestral, 1e-2, 1e-2));
        Assert.True(Sampled(Samplers.Get("ddim", 0)).allclose(Sampled(new EulerSampler()), 1e-5, 1e-6));
    }

    [Fact]
    public void Partial_new_noise_keeps_the_deviation_of_a_timestep()
    {
        // If the prediction is exact, x_s = Signal·x₀ + Sigma·(old and new noise), whatever the share of each.
        var (from, to) = (NoiseSchedule.Cosine(10)[7], NoiseSchedule.Cosine(10)[4]);
        var x0 = zeros([1]);
        Tensor Step(Tensor noise, Tensor fresh) =>
            new DdimSampler(0.6).Step(new SamplingStep(from, to, from.AddNoise(x0, noise), x0, null, x => x0, () => fresh));

        var (kept, drawn) = (Step(ones([1]), zeros([1])).ToDouble(), Step(zeros([1]), ones([1])).ToDouble());
        Assert.Equal(to.Sigma, Math.Sqrt((kept * kept) + (drawn * drawn)), 1e-6);
        Assert.Equal(0.6 * Math.Sqrt(from.Posterior(to).Variance), drawn, 1e-6);
    }

    [Fact]
    public void Ancestral_sampling_adds_no_noise_in_its_last_step()
    {
        var schedule = NoiseSchedule.Cosine(10);
        var (x, x0) = (Noise(1, 1, 1, 1, 2, 2), Noise(2, 1, 1, 1, 2, 2));
        var draws = 0;
        Tensor Step(int t) => new DdpmSampler().Step(new SamplingStep(schedule[t], schedule[t - 1], x, x0, null, next => x0, Draw));
        Tensor Draw()
        {
            draws++;
            return ones_like(x);
        }

        Assert.True(Step(0).allclose(x0));
        Assert.Equal(0, draws);

        // Values of timestep 4 in the original's table.
        Assert.True(Step(4).allclose(x0 * 0.3772174 + x * 0.6082517 + Math.Sqrt(0.1652590), 1e-5, 1e-6));
        Assert.Equal(1, draws);
    }

    [Theory]
    [InlineData("ddpm", 5)]
    [InlineData("dpm++2m", 5)]
    [InlineData("heun", 9)]
    public void Samplers_take_one_pass_per_step_and_Heun_takes_two(string name, int passes)
    {
        var levels = new List<int>();
        var process = new ReverseProcess(NoiseSchedule.Cosine(10), Objective.V, Samplers.Get(name), 5);
        process.Run((x, t) => Note(x, t), () => Noise(1, 1, 1, 1, 2, 2));
        Assert.Equal(passes, levels.Count);
        Assert.Equal([9, 7, 5, 3, 1], levels.Distinct());

        Tensor Note(Tensor x, int t)
        {
            levels.Add(t);
            return x;
        }
    }

    /// <summary>Steps if neither the request nor the configuration specifies them (see <see cref="Samplers.StepsDescription"/>).</summary>
    [Theory]
    [InlineData("ddpm", 1000)]
    [InlineData("ddim", 20)]
    [InlineData("dpm++2m", 20)]
    [InlineData("euler", 20)]
    [InlineData("heun", 10)]
    public void Default_number_of_steps_is_at_most_that_of_the_timesteps(string name, int ofThousand) =>
        Assert.Equal((ofThousand, 7), (Samplers.Get(name).DefaultSteps(1000), Samplers.Get(name).DefaultSteps(7)));

    [Fact]
    public void Unknown_sampler_lists_the_known_ones()
    {
        var error = Assert.Throws<TinySoraException>(() => Samplers.Get("plms"));
        Assert.Equal("TinySora.Model.UnknownSampler", error.Id);
        Assert.Contains("ddpm, ddim, dpm++2m, euler, heun", error.Advice, StringComparison.Ordinal);
        Assert.Equal("dpm++2m", Samplers.Get("DPM++2M").Name);
    }

    [Theory]
    [InlineData("heun", 0.5, "TinySora.Model.EtaUnused")]
    [InlineData("ddim", 1.5, "TinySora.Model.EtaOutOfRange")]
    [InlineData("ddim", double.NaN, "TinySora.Model.EtaOutOfRange")]
    public void Eta_is_between_0_and_1_and_requires_DDIM(string name, double eta, string id) =>
        Assert.Equal(id, Assert.Throws<TinySoraException>(() => Samplers.Get(name, eta)).Id);

    /// <returns>Clips in [−1, 1].</returns>
    private static Tensor Run(
        DiffusionConfig config, ISampler sampler, int steps, Tensor? start, double deviation = Deviation, Func<Tensor>? noise = null)
    {
        var objective = config.Objective;
        var schedule = config.Schedule();
        var process = new ReverseProcess(schedule, objective, sampler, steps);
        return process.Run(Ideal, noise ?? (() => start!.clone()));

        Tensor Ideal(Tensor x, int t)
        {
            var level = schedule[t];
            var (signal, variance) = (level.Signal * deviation * deviation, Math.Pow(level.Signal * deviation, 2) + (level.Sigma * level.Sigma));
            var x0 = (x - level.Signal * Mean) * (signal / variance) + Mean;
            var (ofNoise, ofClip) = objective.Coefficients(level);
            return level.NoiseIn(x, x0) * ofNoise + x0 * ofClip;
        }
    }
}
