using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet.Config;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Diffusion;

public sealed class ObjectiveTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<Objective, NoiseLevel> Everywhere()
    {
        var data = new TheoryData<Objective, NoiseLevel>();
        foreach (var objective in Enum.GetValues<Objective>())
        {
            var schedule = new DiffusionConfig { Objective = objective, Timesteps = 10 }.Schedule();
            foreach (var t in new[] { 0, 4, 8 })
            {
                data.Add(objective, schedule[t]);
            }
        }

        data.Add(Objective.Flow, new NoiseLevel(0, 1));
        data.Add(Objective.V, new NoiseLevel(0.001, Math.Sqrt(1 - 1e-6)));
        return data;
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void X0_follows_from_the_ideal_prediction(Objective objective, NoiseLevel level)
    {
        var (x0, noise) = (Noise(1, 2, 3), Noise(2, 2, 3));
        var x = level.AddNoise(x0, noise);
        var (ofNoise, ofClip) = objective.Coefficients(level);
        Assert.True(objective.PredictedX0(x, noise * ofNoise + x0 * ofClip, level).allclose(x0, 1e-4, 1e-5));
        Assert.True(level.NoiseIn(x, x0).allclose(noise, 1e-4, 1e-4));
    }

    // Formulas of the papers, with SNR = ᾱ/(1−ᾱ).
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void Weights_match_the_min_snr_paper(double alphaBar)
    {
        const double gamma = 5;
        var level = new NoiseLevel(Math.Sqrt(alphaBar), Math.Sqrt(1 - alphaBar));
        var snr = alphaBar / (1 - alphaBar);
        Assert.Equal(snr, level.Snr, 1e-9);
        Assert.Equal(Math.Min(snr, gamma) / snr, Objective.Noise.MinSnrWeight(level, gamma), 1e-9);
        Assert.Equal(Math.Min(snr, gamma) / (snr + 1), Objective.V.MinSnrWeight(level, gamma), 1e-9);
        Assert.Equal(Math.Min(snr, gamma), Objective.X0.MinSnrWeight(level, gamma), 1e-9);
    }

    [Fact]
    public void Weighted_errors_are_equal_for_all_objectives()
    {
        var level = NoiseSchedule.Cosine(10)[3];
        var (x, right, wrong) = (Noise(1, 4), Noise(2, 4), Noise(3, 4));
        var errors = new[] { Objective.Noise, Objective.V, Objective.X0 }.Select(objective =>
        {
            var distance = objective.PredictedX0(x, wrong, level) - objective.PredictedX0(x, right, level);
            return ((wrong - right).square() * objective.MinSnrWeight(level, 5) / (distance.square() * Math.Min(level.Snr, 5))).mean().ToDouble();
        });
        Assert.All(errors, ratio => Assert.Equal(1, ratio, 1e-4));
    }
}
