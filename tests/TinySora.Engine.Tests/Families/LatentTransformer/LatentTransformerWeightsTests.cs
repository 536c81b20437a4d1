using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Training.Checkpoints;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Files under the names of the originals, with weights made for the tests, because published files are not available here.</summary>
public sealed class LatentTransformerWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names => [.. TransformerTesting.Cases().Where(item => item.Value.Condition.Images == 0).Select(item => item.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public void File_under_published_names_imports_and_exports_unchanged(string name)
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Cases()[name].Model;
        PublishedFile.Write(folder.File("latte.pt"), new()
        {
            ["model"] = StateDict(model, 0), ["ema"] = StateDict(model, 0.5), ["opt"] = new Dictionary<string, object> { ["lr"] = 1e-4 },
        });
        using var import = CheckpointImport.Open(folder.File("latte.pt"), Config(model));
        Assert.All(import.Warnings, warning => Assert.Contains("so the values of the published code are used: ", warning, StringComparison.Ordinal));
        var checkpoint = import.Save(folder.File("results"));
        CheckpointExport.Write(checkpoint.Path, folder.File("again.pt"), ExportFormat.PyTorch);
        Assert.Equal(PublishedFile.Tensors(folder.File("latte.pt")), PublishedFile.Tensors(folder.File("again.pt")));
    }

    /// <summary>Covers the tutorial's file, early Open-Sora's (found in its folder), and a Latte file reduced to the weights for sampling.</summary>
    [Theory]
    [InlineData("tutorial", "dit_ckpt.pth", false)]
    [InlineData("dit concat", "ema.pt", true)]
    [InlineData("latte", "skytimelapse.pt", false, "ema")]
    public void Single_state_dict_imports(string name, string file, bool asFolder, string? below = null)
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Cases()[name].Model;
        var weights = StateDict(model, 0);
        PublishedFile.Write(folder.File(file), below is null ? weights : new() { [below] = weights });
        using var import = CheckpointImport.Open(asFolder ? folder.Path : folder.File(file), Config(model));
        using var checkpoint = SafetensorsFile.Open(import.Save(folder.File("results")).Path);
        using var network = TransformerTesting.Filled(model);
        Assert.All(network.state_dict(), item => Assert.True(checkpoint.Tensors["ema.network." + item.Key].Read().allclose(item.Value), item.Key));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused()
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Small(LatentNetworkKind.StDiT);
        var weights = StateDict(model, 0);
        var name = weights.Keys.First(key => key.EndsWith("proj.weight", StringComparison.Ordinal));
        weights[name] = PublishedFile.Stored(full(((StoredTensor)weights[name]).Shape.ToArray(), float.NaN));
        PublishedFile.Write(folder.File("model.pt"), weights);
        using var import = CheckpointImport.Open(folder.File("model.pt"), Config(model));
        var error = Assert.Throws<TinySoraException>(() => import.Save(folder.File("results")));
        Assert.Equal("TinySora.Checkpoint.Damaged", error.Id);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Tables of a Latte are (1, positions, width) and (1, frames, width); position 0 of the second column begins with sin 1.</summary>
    [Fact]
    public void Position_tables_are_exported_and_ignored_on_import()
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Small(LatentNetworkKind.Latte);
        var weights = StateDict(model, 0);
        Assert.Equal([1, 6, 16], ((StoredTensor)weights["pos_embed"]).Shape);
        Assert.Equal([1, 4, 16], ((StoredTensor)weights["temp_embed"]).Shape);
        Assert.Equal(Math.Sin(1), ((StoredTensor)weights["pos_embed"]).Read()[0, 1, 0].ToDouble(), 1e-6);

        weights["pos_embed"] = weights["temp_embed"] = PublishedFile.Stored(zeros(7));
        PublishedFile.Write(folder.File("model.pt"), weights);
        using var import = CheckpointImport.Open(folder.File("model.pt"), Config(model));
    }

    [Fact]
    public void File_of_another_network_is_refused_with_the_differences()
    {
        PublishedFile.Write(folder.File("model.pt"), StateDict(TransformerTesting.Small(LatentNetworkKind.StDiT), 0));
        var error = Assert.Throws<TinySoraException>(
            () => CheckpointImport.Open(folder.File("model.pt"), Config(TransformerTesting.Small(LatentNetworkKind.Latte))));
        Assert.Equal("TinySora.Checkpoint.OtherModel", error.Id);
        Assert.Contains("network.x_embedder.proj.weight", error.Message, StringComparison.Ordinal);
    }

    /// <summary>No file records which codec made the latents or whether they were scaled; the tutorial's has no tables that depend on the codec.</summary>
    [Fact]
    public void Without_scale_statistics_latents_stay_unscaled_with_a_warning()
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Small(LatentNetworkKind.LatteTutorial);
        PublishedFile.Write(folder.File("dit_ckpt.pth"), StateDict(model, 0));
        (string? Warning, float Mean, float Deviation) Import(LatentSpaceConfig latents)
        {
            var config = Config(model);
            config = config with { Family = config.Of<LatentTransformerConfig>().Family with { Latents = latents with { Codec = "nowhere" } } };
            using var import = CheckpointImport.Open(folder.File("dit_ckpt.pth"), config);
            using var file = SafetensorsFile.Open(import.Save(folder.File("results")).Path);
            return (import.Warnings.SingleOrDefault(),
                file.Tensors["model.latent_mean"].Read()[2].ToSingle(), file.Tensors["model.latent_deviation"].Read()[2].ToSingle());
        }

        var (warning, mean, deviation) = Import(new());
        Assert.Contains("latents.scale", warning, StringComparison.Ordinal);
        Assert.Equal((0, 1), (mean, deviation));
        Assert.Equal((null, 0.03f, 1f / 9), Import(new() { Scale = 9, Shift = -0.27 }));
        Assert.Equal((null, 0, 1), Import(new() { Normalize = LatentNorm.None }));
    }

    /// <summary>The official Latte concatenates 77 states of 768 values, more inputs than any other layer has.</summary>
    [Theory]
    [InlineData(TextEncoderKind.Clip)]
    [InlineData(TextEncoderKind.None)]
    public void Text_projection_of_the_official_Latte_imports(TextEncoderKind encoder)
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Cases()["latte text"].Model;
        var weights = StateDict(model, 0);
        weights["text_embedding_projection.1.weight"] = PublishedFile.Stored(rand([16, 77 * 768]));
        PublishedFile.Write(folder.File("t2v.pt"), new() { ["ema"] = weights });
        using var import = CheckpointImport.Open(folder.File("t2v.pt"), Config(model, new() { Encoder = encoder }));
        import.Save(folder.File("results"));
        Assert.Equal(encoder == TextEncoderKind.None ? 768 : 128, import.Config.Of<LatentTransformerConfig>().Family.Text.Width);
    }

    /// <summary>The width of the vectors of a frozen encoder, which is not needed for the import, is in the weights.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UNet_with_a_frozen_encoder_imports(bool attends)
    {
        using var scope = NewDisposeScope();
        var model = new TransformerConfig { Architecture = LatentNetworkKind.UNet, Conditioning = Conditioning.Text };
        var unet = new UNetConfig { Dim = 8, TextAttention = attends };
        using var network = LatentNetworks.Create(model, TransformerTesting.Shape, textWidth: 24, unet: unet);
        PublishedFile.Write(folder.File("unet.pt"), network.state_dict().ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value)));
        var config = Config(model, new() { Encoder = TextEncoderKind.Bert });
        config = config with { Family = ((LatentTransformerConfig)config.Family) with { Unet = unet } };
        using var import = CheckpointImport.Open(folder.File("unet.pt"), config);
        import.Save(folder.File("results"));

        config = config with { Family = ((LatentTransformerConfig)config.Family) with { Model = model with { Conditioning = Conditioning.Class } } };
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File("unet.pt"), config));
        Assert.Contains("model.conditioning: 'text' in the file", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The wrong setting, and the key and value that fix it.</summary>
    [Fact]
    public void Text_settings_that_do_not_fit_are_named_with_the_right_values()
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Cases()["latte text"].Model;
        var weights = StateDict(model, 0);
        weights["text_embedding_projection.1.weight"] = PublishedFile.Stored(rand([16, 77 * 768]));
        PublishedFile.Write(folder.File("t2v.pt"), new() { ["ema"] = weights });

        var learned = Refused(Config(model, new()));
        Assert.Equal("TinySora.Checkpoint.NoLearnedEncoder", learned.Id);
        Assert.Contains("text.encoder", learned.Advice, StringComparison.Ordinal);
        Assert.Contains("(output width 768): clip or bert", learned.Advice, StringComparison.Ordinal);

        var tokens = Refused(Config(model, new() { Encoder = TextEncoderKind.Clip, MaxTokens = 120 }));
        Assert.Equal("TinySora.Checkpoint.OtherSettings", tokens.Id);
        Assert.Contains("text.max_tokens: '77' in the file, 120 in the configuration", tokens.Message, StringComparison.Ordinal);

        foreach (var conditioning in new[] { Conditioning.None, Conditioning.Class })
        {
            var error = Refused(Config(model with { Conditioning = conditioning }));
            Assert.Equal("TinySora.Checkpoint.OtherSettings", error.Id);
            Assert.Contains("model.conditioning: 'text' in the file", error.Message, StringComparison.Ordinal);
        }

        PublishedFile.Write(folder.File("t2v.pt"), StateDict(TransformerTesting.Cases()["latte class"].Model, 0));
        Assert.Contains("model.conditioning: 'class' in the file, none", Refused(Config(TransformerTesting.Cases()["latte"].Model)).Message, StringComparison.Ordinal);

        TinySoraException Refused(RunConfig config) => Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File("t2v.pt"), config));
    }

    /// <summary>An import sets the keys that published weights were trained and are sampled with; our exports have their own description.</summary>
    [Theory]
    [InlineData("latte text", false, PixelRange.Unit, null)]
    [InlineData("latte class", true, PixelRange.Unit, null)]
    [InlineData("dit concat", true, PixelRange.Half, null)]
    [InlineData("st-dit text", true, PixelRange.Unit, 3)]
    [InlineData("st-dit", true, PixelRange.Unit, null)]
    public void Published_weights_set_their_keys(string name, bool finalText, PixelRange range, int? guided)
    {
        using var scope = NewDisposeScope();
        var model = TransformerTesting.Cases()[name].Model;
        PublishedFile.Write(folder.File("ema.pt"), StateDict(model, 0));
        using var import = CheckpointImport.Open(folder.File("ema.pt"), Config(model));
        var checkpoint = import.Save(folder.File("results"));
        var own = ConfigFile.Parse(checkpoint.ConfigYaml, "checkpoint").Of<LatentTransformerConfig>().Family;
        Assert.Equal((finalText, range, guided), (own.Model.FinalText, own.Clip.PixelRange, own.Diffusion.GuidedChannels));
        Assert.Equal(name == "dit concat" ? PatchOrder.Seq512 : model.Positions, own.Model.Positions);
        Assert.Equal(range == PixelRange.Half, import.Warnings.SingleOrDefault()?.Contains("clip.pixel_range is \"half\" instead of \"unit\"", StringComparison.Ordinal) == true);

        CheckpointExport.Write(checkpoint.Path, folder.File("ours.pt"), ExportFormat.PyTorch);
        using var ours = CheckpointImport.Open(folder.File("ours.pt"), Config(model));
        own = ours.Config.Of<LatentTransformerConfig>().Family;
        Assert.Equal((true, PixelRange.Unit, null), (own.Model.FinalText, own.Clip.PixelRange, own.Diffusion.GuidedChannels));
    }

    private static RunConfig Config(TransformerConfig model, LatentTextConfig? text = null) => new()
    {
        Family = new LatentTransformerConfig
        {
            Model = model, Clip = new() { Frames = 4, Height = 4, Width = 6 },
            Text = text ?? new() { Encoder = TextEncoderKind.None, Width = TransformerTesting.TextWidth, MaxTokens = TransformerTesting.TextTokens },
        },
    };

    /// <summary>Writes a state dict with the tables that the published code saves with its weights.</summary>
    private static Dictionary<string, object> StateDict(TransformerConfig model, double shift)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var network = TransformerTesting.Filled(model);
        var result = network.state_dict().ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value + shift));
        foreach (var (name, table) in new LatentTransformerWeights().Tables(Config(model)))
        {
            result.Add(name, PublishedFile.Stored(table.Read()));
        }

        return result;
    }
}
