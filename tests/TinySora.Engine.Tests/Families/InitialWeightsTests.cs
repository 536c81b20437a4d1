using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Configuration;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Tests.Training;

namespace TinySora.Engine.Tests.Families;

/// <summary>Runs that start from the weights of a run with other settings outside of the section `model`.</summary>
public sealed class InitialWeightsTests : VideoRuns
{
    private const string Bert = "model.text_encoder=bert; model.text_encoder_path=~/bert";

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
    [InlineData("pixel-unet", "text_use_bert_cls", Bert, $"{Bert}; diffusion.text_use_bert_cls=true")]
    [InlineData("latent-transformer", "text.encoder", "", "text.encoder=none")]
    [InlineData("latent-transformer", "text.width", "", "text.width=16")]
    [InlineData("latent-transformer", "latents.codec", "", "latents.codec=~/codec; model.patch_size=4")]
    [InlineData("token-model", "text.encoder", "tokens.codec=~/codec", "tokens.codec=~/codec; text.encoder=none")]
    [InlineData("token-model", "text.width", "tokens.codec=~/codec", "tokens.codec=~/codec; text.width=16")]
    public void Settings_that_the_weights_depend_on_are_named(string family, string key, string settings, string others)
    {
        GoldenBert.CopyTo(folder.File("bert"));
        var codec = family == "token-model" ? KeyEffects.TokenCodec : KeyEffects.LatentCodec;
        Run("codec", ConfigFile.Parse(codec, "codec"), steps: 1);
        foreach (var (from, to) in new[] { (settings, others), (others, settings) }.Where(pair => !pair.Item1.Contains("text.encoder=none")))
        {
            Start(family, $"before-{key}-{to.Length}", from, initial: null);
            var error = Assert.Throws<TinySoraException>(() => Start(family, "next", to, $"before-{key}-{to.Length}"));
            Assert.Equal("TinySora.Training.OtherInitialModel", error.Id);
            Assert.Contains($"{key}: ", error.Message, StringComparison.Ordinal);
        }
    }

    private RecordingObserver Start(string family, string run, string settings, string? initial)
    {
        var own = FamilyConfigs.Create(family)!;
        var given = settings.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
            .Select(pair => Settings.Of(own, pair[0], pair[1].Replace("~", folder.Path, StringComparison.Ordinal)));
        var config = ConfigFile.Parse(KeyEffects.Base(family).Replace("~", folder.Path, StringComparison.Ordinal), family, [.. given]);
        var observer = new RecordingObserver();
        var start = initial is null ? null : folder.File(initial);
        TrainingSession.Run(
            new() { Config = config, ResultsPath = folder.File(run), Device = "cpu", MaxSteps = 1, InitialCheckpoint = start }, observer, CancellationToken.None);
        return observer;
    }
}
