using TinySora.Engine.Configuration;
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
    public void Those_of_the_shapes_world_have_its_clips_and_obey_text(string preset)
    {
        var own = ConfigFile.Parse(Presets.Text(preset), preset).Of<LatentTransformerConfig>().Family;
        Assert.Equal((5, 32, Conditioning.Text), (own.Clip.Frames, own.Clip.Height, own.Model.Conditioning));
        Assert.Equal(preset == "shapes-pixels", own.Latents.IsPixels);
    }
}
