using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Ours; those of the originals are held against their commands by PublishedPresetTests.</summary>
public sealed class TransformerPresetTests
{
    [Theory]
    [InlineData("shapes-latent")]
    [InlineData("shapes-pixels")]
    [InlineData("shapes-lean")]
    [InlineData("shapes-turbo")]
    public void Those_of_the_shapes_world_have_its_clips_and_obey_text(string preset)
    {
        var own = ConfigFile.Parse(Presets.Text(preset), preset).Of<LatentTransformerConfig>().Family;
        Assert.Equal((5, 32, Conditioning.Text), (own.Clip.Frames, own.Clip.Height, own.Model.Conditioning));
        Assert.Equal(preset == "shapes-pixels", own.Latents.IsPixels);
    }

    /// <summary>What it is taught by has its network and noise levels, and it needs neither guidance nor further steps.</summary>
    [Fact]
    public void The_student_of_the_shipped_model_is_as_its_teacher()
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
