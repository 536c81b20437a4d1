using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Diffusion;

public sealed class NoiseScheduleTests
{
    [Theory]
    [InlineData(0, 0.02790726, 0.9720927, 0, 1, 0)]
    [InlineData(1, 0.07549364, 0.8987059, 0.02079905, 0.7348186, 0.2649038)]
    [InlineData(4, 0.2372815, 0.4938436, 0.1652590, 0.3772174, 0.6082517)]
    [InlineData(8, 0.7438294, 0.02409172, 0.6905111, 0.2337403, 0.4698530)]
    [InlineData(9, 0.9999, 2.409172e-06, 0.9758130, 0.1551999, 0.009759106)]
    public void Ten_timesteps_match_the_original(int t, double beta, double alphaBar, double variance, double c1, double c2)
    {
        var tables = NoiseSchedule.Cosine(10).Tables();
        void Same(double expected, string table) => Assert.Equal(expected, tables[table][t], Math.Abs(expected) * 1e-6 + 1e-12);
        Same(beta, "betas");
        Same(alphaBar, "alphas_cumprod");
        Same(variance, "posterior_variance");
        Same(c1, "posterior_mean_coef1");
        Same(c2, "posterior_mean_coef2");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(25)]
    public void All_twelve_tables_match_the_reference(int timesteps)
    {
        var tables = NoiseSchedule.Cosine(timesteps).Tables();
        var golden = UNetGolden.Read("diffusion.json").GetProperty("tables").GetProperty($"{timesteps}");
        Assert.Equal(12, tables.Count);
        foreach (var (name, table) in tables)
        {
            var expected = UNetGolden.Numbers(golden.GetProperty(name));
            Assert.Equal(expected.Length, table.Length);
            Assert.All(expected.Zip(table), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) * 1e-6 + 1e-12));
        }
    }

    [Theory]
    [InlineData("v", "cosine")]
    [InlineData("noise", "linear")]
    [InlineData("flow", "cosine")]
    public void Shift_divides_the_signal_to_noise_ratio_and_stays_on_the_path(string objective, string path)
    {
        var config = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(path), Timesteps = 50 };
        var (plain, shifted) = (config.Schedule(), (config with { NoiseShift = 6 }).Schedule());
        for (var t = 0; t < 50; t++)
        {
            var (level, noisier) = (plain[t], shifted[t]);
            Assert.Equal(level.Signal / level.Sigma / 6, noisier.Signal / noisier.Sigma, 1e-12);
            var length = objective == "flow" ? noisier.Signal + noisier.Sigma : Math.Sqrt((noisier.Signal * noisier.Signal) + (noisier.Sigma * noisier.Sigma));
            Assert.Equal(1, length, 1e-12);
        }
    }

    // Keeps samples of the first release's checkpoints identical: the general posterior rounds to the same float32 as the published one.
    [Theory]
    [InlineData(10, 10)]
    [InlineData(1000, 1000)]
    [InlineData(1000, 12)]
    public void Posterior_equals_the_published_one_bit_for_bit(int timesteps, int steps)
    {
        var schedule = NoiseSchedule.Cosine(timesteps);
        var alphaBar = AlphaBar(timesteps);
        var levels = NoiseSchedule.GetSamplingTimesteps(timesteps, steps);
        for (var i = 0; i + 1 < steps; i++)
        {
            var (now, then) = (alphaBar[levels[i]], alphaBar[levels[i + 1]]);
            var alpha = now / then;
            var (clip, noisy, variance) = schedule[levels[i]].Posterior(schedule[levels[i + 1]]);
            Assert.Equal((float)((1 - alpha) * Math.Sqrt(then) / (1 - now)), (float)clip);
            Assert.Equal((float)((1 - then) * Math.Sqrt(alpha) / (1 - now)), (float)noisy);
            Assert.Equal((float)((1 - alpha) * (1 - then) / (1 - now)), (float)variance);
        }

        static double[] AlphaBar(int timesteps)
        {
            double Signal(int i) => Math.Pow(Math.Cos(((double)i / timesteps + 0.008) / 1.008 * Math.PI / 2), 2);
            var product = 1.0;
            return [.. Enumerable.Range(0, timesteps).Select(t => product *= 1 - Math.Min(0.9999, 1 - Signal(t + 1) / Signal(t)))];
        }
    }

    [Fact]
    public void Linear_schedule_is_the_published_one_at_1000_timesteps()
    {
        var schedule = NoiseSchedule.Linear(1000);
        var expected = UNetGolden.Numbers(UNetGolden.Read("diffusion.json").GetProperty("linear"));
        Assert.All(expected.Select((bar, i) => (bar, i)), e => Assert.Equal(1, Math.Pow(schedule[e.i * 111].Signal, 2) / e.bar, 1e-6));
    }

    /// <summary>Products of 1 - beta, with beta from 0.0001 to 0.02 for any T, accumulated in float32 as in the tutorial.</summary>
    [Theory]
    [InlineData(10, 0.9666630029678345, 0.9037394523620605)]
    [InlineData(100, 0.7692912817001343, 0.3635632395744324)]
    [InlineData(1000, 0.07779666036367416, 4.0358307160204276e-05)]
    public void Plain_linear_schedule_has_the_same_betas_for_any_number_of_timesteps(int timesteps, double middle, double last)
    {
        var schedule = NoiseSchedule.For(Objective.Noise, NoiseScheduleKind.PlainLinear, timesteps, betas: (1e-4, 0.02));
        Assert.Equal(1, Math.Pow(schedule[0].Signal, 2) / 0.9999, 1e-6);
        Assert.Equal(1, Math.Pow(schedule[timesteps / 2].Signal, 2) / middle, 2e-5);
        Assert.Equal(1, Math.Pow(schedule[timesteps - 1].Signal, 2) / last, 2e-5);
    }

    [Theory]
    [InlineData(NoiseScheduleKind.PlainLinear)]
    [InlineData(NoiseScheduleKind.Linear)]
    public void Linear_schedules_use_the_given_betas(NoiseScheduleKind kind)
    {
        var schedule = NoiseSchedule.For(Objective.Noise, kind, 1000, betas: (0.001, 0.004));
        Assert.Equal(0.999, Math.Pow(schedule[0].Signal, 2), 1e-6);
        Assert.Equal(0.996, Math.Pow(schedule[999].Signal / schedule[998].Signal, 2), 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(4000)]
    public void Linear_schedule_ends_equally_noisy_for_any_number_of_timesteps(int timesteps)
    {
        var schedule = NoiseSchedule.Linear(timesteps);
        Assert.InRange(schedule[timesteps - 1].Signal, timesteps == 1 ? 1e-5 : 0.006, 0.0065);

        // At half of the timesteps it agrees with the published one, to the half timestep by which the grids may differ.
        var middle = (double)(timesteps / 2 + 1) / timesteps;
        var published = NoiseSchedule.Linear(1000)[(int)Math.Round(middle * 1000) - 1].Signal;
        Assert.InRange(schedule[timesteps / 2].Signal, published - 1.0 / timesteps - 0.002, published + 1.0 / timesteps + 0.002);
    }

    [Theory]
    [InlineData("noise", "cosine")]
    [InlineData("v", "linear")]
    [InlineData("flow", "cosine")]
    public void Noise_increases_strictly_from_nearly_none_to_nearly_all(string objective, string name)
    {
        foreach (var timesteps in new[] { 2, 10, 300, 1000 })
        {
            var schedule = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(name), Timesteps = timesteps }.Schedule();
            Assert.Equal(timesteps, schedule.Timesteps);
            Assert.Equal(new NoiseLevel(1, 0), schedule[-1]);
            for (var t = 0; t < timesteps; t++)
            {
                var (level, before) = (schedule[t], schedule[t - 1]);
                Assert.True(level.Signal < before.Signal && level.Sigma > before.Sigma && level.HalfLogSnr < before.HalfLogSnr);
                var whole = objective == "flow" ? level.Signal + level.Sigma : level.Signal * level.Signal + level.Sigma * level.Sigma;
                Assert.Equal(1, whole, 1e-14);
            }

            Assert.InRange(schedule[timesteps - 1].Signal, 0, 0.01);
        }

        Assert.InRange(new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(name), Timesteps = 1000 }.Schedule()[0].Sigma, 0, 0.011);
    }

    [Fact]
    public void Rectified_flow_ends_in_pure_noise_and_spaces_its_timesteps_evenly()
    {
        var schedule = NoiseSchedule.RectifiedFlow(4);
        Assert.Equal([new(0.75, 0.25), new(0.5, 0.5), new(0.25, 0.75), new(0, 1)], Enumerable.Range(0, 4).Select(t => schedule[t]));
    }

    [Fact]
    public void Respacing_to_all_timesteps_visits_all()
    {
        Assert.Equal([4, 3, 2, 1, 0], NoiseSchedule.GetSamplingTimesteps(5, 5));
    }

    [Theory]
    [InlineData(1000, 12)]
    [InlineData(1000, 1)]
    [InlineData(10, 7)]
    public void Respaced_timesteps_descend_evenly_from_the_noisiest(int timesteps, int steps)
    {
        var levels = NoiseSchedule.GetSamplingTimesteps(timesteps, steps);
        Assert.Equal(steps, levels.Length);
        Assert.Equal(timesteps - 1, levels[0]);
        var gaps = levels.Zip(levels.Skip(1).Append(-1), (a, b) => a - b).ToArray();
        Assert.InRange(gaps.Max() - gaps.Min(), 0, 1);
        Assert.True(gaps.Min() >= 1);
    }

    [Theory]
    [InlineData("noise")]
    [InlineData("flow")]
    public void Large_steps_of_the_posterior_are_composed_of_small_ones(string objective)
    {
        // Variances and means of q(x_s | x_t, x0) through an intermediate timestep must add up to those of the direct step.
        var schedule = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), Timesteps = 50 }.Schedule();
        var (direct1, direct2, variance) = schedule[30].Posterior(schedule[10]);
        var (first1, first2, firstVariance) = schedule[30].Posterior(schedule[20]);
        var (then1, then2, thenVariance) = schedule[20].Posterior(schedule[10]);
        Assert.Equal(direct2, first2 * then2, 1e-12);
        Assert.Equal(direct1, then1 + then2 * first1, 1e-12);
        Assert.Equal(variance, thenVariance + then2 * then2 * firstVariance, 1e-12);
    }

    [Theory]
    [InlineData("noise")]
    [InlineData("flow")]
    public void Posterior_preserves_the_marginals(string objective)
    {
        // Averaged over x_t, x_s must have the signal and the noise of its own timestep.
        var schedule = new DiffusionConfig { Objective = UNetTesting.Named<Objective>(objective), Timesteps = 50 }.Schedule();
        foreach (var (t, s) in new[] { (49, 48), (49, 3), (20, 19), (1, 0), (0, -1) })
        {
            var (clip, noisy, variance) = schedule[t].Posterior(schedule[s]);
            Assert.Equal(schedule[s].Signal, clip + noisy * schedule[t].Signal, 1e-12);
            Assert.Equal(schedule[s].Sigma * schedule[s].Sigma, noisy * noisy * schedule[t].Sigma * schedule[t].Sigma + variance, 1e-12);
        }
    }
}
