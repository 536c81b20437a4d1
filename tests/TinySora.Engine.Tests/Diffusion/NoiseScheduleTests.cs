using TinySora.Engine.Diffusion;
using TinySora.Engine.Tests.Models;

namespace TinySora.Engine.Tests.Diffusion;

public sealed class NoiseScheduleTests
{
    [Theory]
    [InlineData(0, 0.02790726, 0.9720927, 0, 1, 0)]
    [InlineData(1, 0.07549364, 0.8987059, 0.02079905, 0.7348186, 0.2649038)]
    [InlineData(4, 0.2372815, 0.4938436, 0.1652590, 0.3772174, 0.6082517)]
    [InlineData(8, 0.7438294, 0.02409172, 0.6905111, 0.2337403, 0.4698530)]
    [InlineData(9, 0.9999, 2.409172e-06, 0.9758130, 0.1551999, 0.009759106)]
    public void Ten_levels_are_those_of_the_specification(int t, double beta, double alphaBar, double variance, double c1, double c2)
    {
        var tables = new NoiseSchedule(10).Tables();
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
    public void All_twelve_tables_agree_with_the_reference(int timesteps)
    {
        var tables = new NoiseSchedule(timesteps).Tables();
        var golden = UNetGolden.Read("diffusion.json").GetProperty("tables").GetProperty($"{timesteps}");
        Assert.Equal(12, tables.Count);
        foreach (var (name, table) in tables)
        {
            var expected = UNetGolden.Numbers(golden.GetProperty(name));
            Assert.Equal(expected.Length, table.Length);
            Assert.All(expected.Zip(table), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) * 1e-6 + 1e-12));
        }
    }

    [Fact]
    public void Respacing_to_all_levels_visits_all_levels()
    {
        Assert.Equal([4, 3, 2, 1, 0], new NoiseSchedule(5).Respaced(5));
    }

    [Theory]
    [InlineData(1000, 12)]
    [InlineData(1000, 1)]
    [InlineData(10, 7)]
    public void Respaced_levels_begin_with_the_noisiest_and_descend_evenly(int timesteps, int steps)
    {
        var levels = new NoiseSchedule(timesteps).Respaced(steps);
        Assert.Equal(steps, levels.Length);
        Assert.Equal(timesteps - 1, levels[0]);
        var gaps = levels.Zip(levels.Skip(1).Append(-1), (a, b) => a - b).ToArray();
        Assert.InRange(gaps.Max() - gaps.Min(), 0, 1);
        Assert.True(gaps.Min() >= 1);
    }

    [Fact]
    public void Wide_steps_of_the_posterior_compose_from_narrow_ones()
    {
        // Variances and means of q(x_s | x_t, x0) through an intermediate level must add up to the direct step's.
        var schedule = new NoiseSchedule(50);
        var (direct1, direct2, variance) = schedule.Posterior(30, 10);
        var (first1, first2, firstVariance) = schedule.Posterior(30, 20);
        var (then1, then2, thenVariance) = schedule.Posterior(20, 10);
        Assert.Equal(direct2, first2 * then2, 1e-12);
        Assert.Equal(direct1, then1 + then2 * first1, 1e-12);
        Assert.Equal(variance, thenVariance + then2 * then2 * firstVariance, 1e-12);
    }
}
