using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Tests.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>
/// Compares the export of each published configuration with the state dict of the published code: Golden/published lists every name and shape
/// that the original classes have; the numbers of parameters are given here.
/// </summary>
public sealed class PublishedKeysTests : IDisposable
{
    /// <summary>Options for a codebook of 5120 vectors and the states of CLIP's ViT-B/32.</summary>
    private const int Codes = 5120;
    private const int TextWidth = 512;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tiny_SORA_has_the_published_state_dict()
    {
        using var model = new TextToVideo(new UNet3D(Preset("default").Of<PixelUNetConfig>().Family.Model with { CondDim = 768 }), encoder: null);
        Check("tiny-sora", Preset("default"), model, 41_801_859);
    }

    [Theory]
    [InlineData("s8_b", 110_151)]
    [InlineData("s4t4_b_vq", 130_631)]
    [InlineData("vae_s4t4_b", 113_611)]
    public void Autoencoders_of_minisora_have_the_published_state_dicts(string variant, long parameters)
    {
        var config = Autoencoder(variant);
        using var model = Network(config);
        Check($"minisora-{variant}", config, model, parameters);
    }

    [Fact]
    public void VideoGPT_has_the_published_state_dict()
    {
        using var model = Network(Preset("videogpt-vqvae"));
        Check("videogpt-vqvae", Preset("videogpt-vqvae"), model, 21_141_619);
    }

    /// <param name="codec">One of minisora's networks, with the preset's strides and channels.</param>
    [Theory]
    [InlineData("minisora-latte", "vae_s4t4_b", 32_480_672)]
    [InlineData("minisora-latte-sd", "encode_decode_spatial8x_a", 5_880_992)]
    [InlineData("minisora-stdit", "s4t4_b_vq", 61_081_376)]
    public void Transformers_of_minisora_have_the_published_state_dicts(string preset, string codec, long parameters) => CheckTransformer(preset, preset, codec, own => own, parameters);

    [Fact]
    public void Larger_STDiT_of_minisora_has_the_published_state_dict() => CheckTransformer("minisora-stdit-16", "minisora-stdit", "s4t4_b_vq", own => own with
    {
        Model = own.Model with { Depth = 16, NumHeads = 12 },
    }, 155_599_136);

    [Theory]
    [InlineData(TextForm.Concat, "concat", 51_566_336)]
    [InlineData(TextForm.Cross, "cross", 41_756_544)]
    [InlineData(TextForm.CrossAdaLn, "cross-adaln", 52_548_992)]
    public void Transformers_of_Open_Sora_have_the_published_state_dicts(TextForm form, string name, long parameters) => CheckTransformer(
        $"open-sora-dit-{name}", "open-sora-dit", codec: null, own => own with { Model = own.Model with { TextForm = form } }, parameters, channels: 256);

    /// <summary>One test covers both files: they differ only outside the weights.</summary>
    [Theory]
    [InlineData("latte-mnist")]
    [InlineData("latte-ucf")]
    public void Transformer_of_the_tutorial_has_the_published_state_dict(string preset) => CheckTransformer("latte", preset, codec: null, own => own, 129_534_736);

    [Theory]
    [InlineData("latte-mnist", 1_107_941, 661_312)]
    [InlineData("latte-ucf", 41_577_703, 663_360)]
    public void Autoencoder_and_discriminator_of_the_tutorial_have_the_published_state_dicts(string name, long parameters, long ofDiscriminator)
    {
        var config = Preset($"{name}-vae");
        var own = config.Of<FrameAutoencoderConfig>().Family;
        using var model = new FrameModel(own.Model, own.Loss);
        Check($"{name}-vae", config, model, parameters + ofDiscriminator, $"{name}-discriminator");
    }

    /// <summary>mdGPT has 82 322 688 parameters in the published code: 2 366 208 of them are unused there; we do not train them and export zeros.</summary>
    [Theory]
    [InlineData("minisora-nanogpt", 61_030_656)]
    [InlineData("minisora-mdgpt", 82_322_688 - 2_366_208)]
    public void GPTs_of_minisora_have_the_published_state_dicts(string preset, long parameters)
    {
        var config = Preset(preset);
        var own = config.Of<TokenModelConfig>().Family.Model;
        using var model = new TextToTokens(TokenNetworks.Create(own, Codes, new(8, 64, 64)), null, null, own.NEmbd);
        Check(preset, config, model, parameters);
    }

    /// <summary>Two of the 32 identical blocks, to save memory.</summary>
    [Fact]
    public void Mamba_of_minisora_has_the_published_state_dict()
    {
        var config = Preset("minisora-mamba");
        var own = config.Of<TokenModelConfig>().Family.Model;
        Assert.Equal(32, own.NLayer);
        using var model = new TextToTokens(TokenNetworks.Create(own with { NLayer = 2 }, Codes, new(8, 64, 64)), null, null, own.NEmbd);
        using var one = new TextToTokens(TokenNetworks.Create(own with { NLayer = 1 }, Codes, new(8, 64, 64)), null, null, own.NEmbd);
        var keys = Keys(config, model);
        Assert.Equal(338_791_680, Count(one) + (31 * (Count(model) - Count(one))));
        Assert.Equal(Golden("minisora-mamba").Where(line => !line.Contains(".layers.", StringComparison.Ordinal)
            || line.Contains(".layers.0.", StringComparison.Ordinal) || line.Contains(".layers.1.", StringComparison.Ordinal)), keys);
    }

    private void CheckTransformer(
        string golden, string preset, string? codec, Func<LatentTransformerConfig, LatentTransformerConfig> change, long parameters, int channels = 4)
    {
        var config = Preset(preset);
        var own = change(config.Of<LatentTransformerConfig>().Family);

        // Nothing is drawn: the replacement for Stable Diffusion's autoencoder has no distributions.
        config = config with { Family = codec is null ? own : own with { Latents = own.Latents with { Codec = Codec(codec), Sample = false } } };
        own = config.Of<LatentTransformerConfig>().Family;
        int? width = own.Model.Conditioning == Conditioning.Text ? TextWidth : null;
        using var network = LatentNetworks.Create(own.Model, new LatentShape(channels, 8, 64, 64), width, own.Text.MaxTokens);
        using var model = new LatentDenoiser(network, null, channels);
        Check(golden, config, model, parameters);
    }

    /// <param name="beside">Entries that a file of its own holds.</param>
    private static void Check(string golden, RunConfig config, nn.Module model, long parameters, string? beside = null)
    {
        Assert.Equal(parameters, Count(model));
        Assert.Equal(Golden(golden).Concat(beside is null ? [] : Golden(beside)).Order(StringComparer.Ordinal), Keys(config, model));
    }

    private static long Count(nn.Module model) => model.parameters().Sum(parameter => parameter.numel());

    /// <summary>Names and shapes as an export has them.</summary>
    private static IEnumerable<string> Keys(RunConfig config, nn.Module model)
    {
        var published = ModelFamilies.Of(config).Published!;
        var weights = TiedWeights.State(model).Where(item => !published.IsOurs(item.Key))
            .SelectMany(item => published.NamesInFile(item.Key).Select(name => (name, Shape: (IReadOnlyList<long>)item.Value.shape)));
        var tables = published.Tables(config).Select(item => (name: item.Key, item.Value.Shape));
        return weights.Concat(tables).Select(item => $"{item.name} {string.Join(',', item.Shape)}".TrimEnd()).Order(StringComparer.Ordinal);
    }

    private static string[] Golden(string name) =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "published", $"{name}.txt"));

    private static RunConfig Preset(string name) => ConfigFile.Parse(Presets.Text(name), name);

    private static RunConfig Autoencoder(string variant)
    {
        var config = Preset("minisora-vqvae");
        var own = config.Of<VideoAutoencoderConfig>().Family;
        return config with { Family = own with { Model = own.Model with { NetworkVariant = variant } } };
    }

    private static ClipAutoencoder Network(RunConfig config)
    {
        var own = config.Of<VideoAutoencoderConfig>().Family;
        return own.Variant.Create(own.Model, own.Loss);
    }

    /// <summary>Writes a checkpoint of a codec, whose strides determine the position tables.</summary>
    private string Codec(string variant)
    {
        using var scope = NewDisposeScope();
        var config = Autoencoder(variant);
        using var model = Network(config);
        PublishedFile.Write(folder.File("codec.pt"), model.state_dict().ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value)));
        using var import = CheckpointImport.Open(folder.File("codec.pt"), config);
        return import.Save(folder.File("codec")).Path;
    }
}
