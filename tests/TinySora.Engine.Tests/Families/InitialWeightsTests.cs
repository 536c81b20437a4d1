using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Tests.Configuration;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Families;

/// <summary>Runs that start from the weights of a run with other settings outside of the section `model`.</summary>
public sealed class InitialWeightsTests : VideoRuns
{
    private const string Bert = "model.text_encoder=bert; model.text_encoder_path=~/bert";
    private const string UNet = $"{KeyEffects.UNet}; unet.dim_mults=[1, 1]";

    [Fact]
    public void Discriminator_may_be_added_or_left_out()
    {
        var first = Start("frame-autoencoder", "first", "loss.disc_weight=0.0", initial: null);
        var added = Start("frame-autoencoder", "added", "loss.disc_weight=0.5", "first");
        var kept = Start("frame-autoencoder", "kept", "loss.disc_weight=0.25", "added");
        var leftOut = Start("frame-autoencoder", "left-out", "loss.disc_weight=0.0", "kept");

        Assert.Contains("The discriminator starts with random weights", Assert.Single(added.Warnings), StringComparison.Ordinal);
        Assert.All([first, kept, leftOut], run => Assert.Empty(run.Warnings));
        Assert.Equal(Tensors("first").Keys, Tensors("left-out").Keys);
        Assert.Equal(Tensors("added").Keys, Tensors("kept").Keys);
        Assert.Contains(Tensors("kept").Keys, name => name.StartsWith("model.discriminator.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pixel-unet", "diffusion.text_use_bert_cls", Bert, $"{Bert}; diffusion.text_use_bert_cls=true")]
    [InlineData("pixel-unet", "model.dim", "", "model.dim=12; diffusion.loss_type=l2")]
    [InlineData("latent-transformer", "model.conditioning", "", "model.conditioning=none")]
    [InlineData("latent-transformer", "unet.dim", UNet, $"{UNet}; unet.dim=8")]
    [InlineData("latent-transformer", "unet.dim_mults", UNet, $"{UNet}; unet.dim_mults=[1, 2]")]
    [InlineData("latent-transformer", "unet.stem", UNet, $"{UNet}; unet.stem=2")]
    [InlineData("latent-transformer", "unet.text_attention", $"{UNet}; unet.text_attention=true", UNet)]
    [InlineData("latent-transformer", "text.encoder", "", "text.encoder=none")]
    [InlineData("latent-transformer", "text.width", "", "text.width=16")]
    [InlineData("latent-transformer", "latents.codec", "", "latents.codec=~/codec; model.patch_size=4")]
    [InlineData("token-model", "text.encoder", "tokens.codec=~/codec", "tokens.codec=~/codec; text.encoder=none")]
    [InlineData("token-model", "text.width", "tokens.codec=~/codec", "tokens.codec=~/codec; text.width=16")]
    public void Settings_that_the_weights_depend_on_are_named(string family, string key, string settings, string others)
    {
        GoldenBert.CopyTo(folder.File("bert"));
        if (others.Contains("~/codec", StringComparison.Ordinal))
        {
            Run("codec", ConfigFile.Parse(family == "token-model" ? KeyEffects.TokenCodec : KeyEffects.LatentCodec, "codec"), steps: 1);
        }

        // The encoder 'none' requires embeddings in the data, and text attention may be added, so these cannot be tried in both directions.
        var isOneWay = others.Contains("text.encoder=none", StringComparison.Ordinal) || settings.Contains("text_attention", StringComparison.Ordinal);
        foreach (var (from, to) in new[] { (settings, others), (others, settings) }.Take(isOneWay ? 1 : 2))
        {
            var first = from == settings ? "first" : "second";
            Start(family, first, from, initial: null);
            var error = Assert.Throws<TinySoraException>(() => Start(family, "next", to, first));
            Assert.Equal("TinySora.Training.OtherInitialModel", error.Id);
            Assert.Equal([key], error.Message.Split('\n').Skip(1).Select(line => line.Trim().Split(':')[0]));
        }
    }

    [Fact]
    public void Frozen_encoders_of_different_kinds_conflict_and_embeddings_from_the_data_fit_any()
    {
        Assert.Equal(["text.encoder"], Conflicts(TextEncoderKind.Bert, TextEncoderKind.Clip));
        Assert.Empty(Conflicts(TextEncoderKind.None, TextEncoderKind.Clip));
        Assert.Empty(Conflicts(TextEncoderKind.Clip, TextEncoderKind.Clip));
        Assert.Equal(["text.width"], Conflicts(TextEncoderKind.None, TextEncoderKind.None));

        static IEnumerable<string> Conflicts(TextEncoderKind kind, TextEncoderKind earlier) =>
            Config(kind, 8).ConflictsWithWeightsOf(Config(earlier, 16));

        static LatentTransformerConfig Config(TextEncoderKind kind, int width) =>
            new() { Model = new() { Conditioning = Conditioning.Text }, Text = new() { Encoder = kind, Width = width } };
    }

    private RecordingObserver Start(string family, string run, string settings, string? initial)
    {
        var text = KeyEffects.Base(family).Replace("~", folder.Path, StringComparison.Ordinal);
        var observer = new RecordingObserver();
        Run(run, ConfigFile.Parse(text, family, Settings.Several(FamilyConfigs.Create(family)!, settings, folder.Path)), steps: 1, observer, initial: initial);
        return observer;
    }
}
