using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Media;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Families.DiffusionModels;

public sealed class SamplingDefaultsTests
{
    [Theory]
    [InlineData(12, null, 12)]
    [InlineData(12, "ddpm", 12)]
    [InlineData(12, "heun", 12)]
    [InlineData(null, null, 20)]
    [InlineData(null, "ddpm", 1000)]
    [InlineData(null, "heun", 10)]
    public void Configured_steps_override_the_default_of_every_sampler(int? configured, string? sampler, int steps) =>
        Assert.Equal(steps, Resolve(configured, sampler).Steps);

    [Theory]
    [InlineData(null, 750)]
    [InlineData(12, 12)]
    public void Variation_takes_no_more_steps_than_levels_below_its_start(int? configured, int steps)
    {
        var film = new Clip(new byte[192], 1, 8, 8, 3, 100);
        Assert.Equal(steps, Resolve(configured, "ddpm", new Variation(film) { Noise = 0.75 }).Steps);
    }

    private static DenoisingPlan Resolve(int? configured, string? sampler, ClipStart? start = null) =>
        new SamplingDefaults(1000, SamplerKind.Ddim, configured, DdimEta: 0, GuidanceScale: 1, GuidanceBelow: null)
            .Resolve(new GenerationSettings { Values = UNetTesting.Asked(sampler), Start = start ?? ClipStart.PureNoise }, new ClipShape(3, 1, 8));
}
