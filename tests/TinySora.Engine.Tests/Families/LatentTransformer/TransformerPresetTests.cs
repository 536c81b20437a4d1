using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Checks our own presets; PublishedPresetTests compares those of the originals with their commands.</summary>
public sealed class TransformerPresetTests
{
    [Theory]
    [InlineData("shapes-latent")]
    [InlineData("shapes-pixels")]
    [InlineData("shapes-lean")]
    [InlineData("shapes-turbo")]
    [InlineData("emoji")]
    public void Presets_for_drawn_clips_fit_them_and_use_text(string preset)
    {
        var own = ConfigFile.Parse(Presets.Text(preset), preset).Of<LatentTransformerConfig>().Family;
        Assert.Equal((5, 32, Conditioning.Text), (own.Clip.Frames, own.Clip.Height, own.Model.Conditioning));
        Assert.Equal(preset == "shapes-pixels", own.Latents.IsPixels);
    }

    /// <summary>The teacher has the same network and noise levels, and the student needs neither guidance nor further steps.</summary>
    [Fact]
    public void Student_of_the_bundled_model_has_the_settings_of_its_teacher()
    {
        var (lean, turbo) = (Own("shapes-lean"), Own("shapes-turbo"));
        Assert.Equal(("shapes-lean", 1, 1.0), (turbo.Diffusion.Teacher, turbo.Diffusion.SamplingSteps, turbo.Diffusion.GuidanceScale));
        Assert.Equal(lean.Model, turbo.Model);
        Assert.Equal(lean.Clip, turbo.Clip);
        Assert.Equal(lean.Text, turbo.Text);
        Assert.Equal(lean.Latents, turbo.Latents);
        Assert.Equal((lean.Unet.Dim, string.Join(' ', lean.Unet.DimMults), lean.Unet.Stem), (turbo.Unet.Dim, string.Join(' ', turbo.Unet.DimMults), turbo.Unet.Stem));
        Assert.Equal(
            lean.Diffusion with { Teacher = "shapes-lean", Levels = TimestepDistribution.LogitNormal, Sampler = SamplerKind.Ddim, SamplingSteps = 1, GuidanceScale = 1 },
            turbo.Diffusion);

        static LatentTransformerConfig Own(string preset) => ConfigFile.Parse(Presets.Text(preset), preset).Of<LatentTransformerConfig>().Family;
    }
}
