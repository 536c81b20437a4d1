using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

public sealed class TransformerConfigTests
{
    private static readonly TransformerConfig DiT = new() { Architecture = LatentNetworkKind.DiT };
    private static readonly TransformerConfig StDiT = new() { Architecture = LatentNetworkKind.StDiT };
    private static readonly TransformerConfig Told = DiT with { Conditioning = Conditioning.Text };

    private static readonly Dictionary<string, (TransformerConfig Good, TransformerConfig Bad)> Ranges = new()
    {
        ["name"] = (DiT with { Name = "DiT-XL/8" }, new() { Name = "DiT-XL/8" }),
        ["depth"] = (DiT with { Depth = 3 }, new() { Depth = 3 }),
        ["hidden_size"] = (new() { HiddenSize = 12, NumHeads = 2 }, new() { HiddenSize = 18, NumHeads = 2 }),
        ["num_heads"] = (new() { NumHeads = 5, HeadDim = 64 }, new() { NumHeads = 5 }),
        ["head_dim"] = (new() { HeadDim = 6, Rotary = true }, new() { HeadDim = 7, Rotary = true }),
        ["patch_size"] = (new() { PatchSize = 1 }, new() { PatchSize = 0 }),
        ["patch_frames"] = (StDiT with { PatchFrames = 2 }, new() { PatchFrames = 2 }),
        ["num_classes"] = (new() { NumClasses = 1 }, new() { NumClasses = 0 }),
        ["text_form"] = (Told with { TextForm = TextForm.Cross }, DiT with { TextForm = TextForm.Cross }),
        ["final_text"] = (new() { Conditioning = Conditioning.Text, FinalText = false }, Told with { FinalText = false }),
        ["space_scale"] = (StDiT with { SpaceScale = 0.5 }, DiT with { SpaceScale = 0.5 }),
        ["time_scale"] = (StDiT with { TimeScale = 2 }, StDiT with { TimeScale = 0 }),
        ["timestep_emb_dim"] = (new() { TimestepEmbDim = 128 }, new() { TimestepEmbDim = 127 }),
        ["text_field"] = (Told with { TextField = true }, DiT with { TextField = true }),
        ["rotary"] = (Told with { Rotary = true }, Told with { Rotary = true, TextForm = TextForm.CrossAdaLn }),
    };

    public static TheoryData<string> Keys => [.. Ranges.Keys];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_key_has_its_range(string key)
    {
        Assert.Empty(Violated(Ranges[key].Good));
        Assert.Equal([$"model.{key}"], Violated(Ranges[key].Bad));
    }

    /// <summary>Covers the defaults of each architecture and all published sizes.</summary>
    [Fact]
    public void Every_named_size_is_valid()
    {
        foreach (var kind in Enum.GetValues<LatentNetworkKind>())
        {
            Assert.All(TransformerSize.Named(kind).Keys.Append(null), name => Assert.Empty(Violated(new TransformerConfig { Architecture = kind, Name = name })));
        }
    }

    [Fact]
    public void Pixel_models_name_the_key_that_requires_an_autoencoder()
    {
        var pixels = new LatentTransformerConfig { Clip = new() { Height = 32 }, Latents = new() { Codec = "" } };
        Assert.Empty(Violated(pixels));
        Dictionary<string, LatentClipConfig> one = new()
        {
            ["source_frames"] = pixels.Clip with { SourceFrames = 100 }, ["frame_interval"] = pixels.Clip with { FrameInterval = 2 },
            ["clips_per_video"] = pixels.Clip with { ClipsPerVideo = 2 }, ["filter_path"] = pixels.Clip with { FilterPath = "x.csv" },
            ["video_ext"] = pixels.Clip with { VideoExt = ".mp4" }, ["video_dir"] = pixels.Clip with { VideoDir = "x" },
            ["centre_square_crop"] = pixels.Clip with { CentreSquareCrop = true }, ["images"] = pixels.Clip with { Images = 1 },
        };
        Assert.All(one, item => Assert.Equal([$"clip.{item.Key}"], Violated(pixels with { Clip = item.Value })));
    }

    [Fact]
    public void U_Net_and_transformers_reject_each_others_keys()
    {
        var unet = new LatentTransformerConfig { Model = new() { Architecture = LatentNetworkKind.UNet } };
        Assert.Empty(Violated(unet with { Unet = new() { Dim = 64, DimMults = [1], Stem = 4 } }));
        Assert.Equal(["model.architecture"], Violated(unet with { Model = unet.Model with { PatchSize = 2 } }));
        var violation = Assert.Single(ConfigRules.Check(new RunConfig { Family = unet with { Model = unet.Model with { PatchSize = 2 } } }));
        Assert.Contains("model.patch_size;", violation.Expected, StringComparison.Ordinal);
        Assert.Equal(["unet.dim"], Violated(new LatentTransformerConfig { Unet = new() { Dim = 64 } }));
        Assert.Equal(["unet.dim", "unet.dim_mults", "unet.stem"], Violated(unet with { Unet = new() { Dim = 7, DimMults = [], Stem = 3 } }).Order());
        Assert.Equal(["unet.text_attention"], Violated(unet with { Unet = new() { TextAttention = true }, Model = unet.Model with { Conditioning = Conditioning.Class } }));
        Assert.Equal(["clip.height"], Violated(unet with { Unet = new() { Stem = 2 }, Clip = new() { Height = 36 }, Latents = new() { Codec = "" } }));
    }

    [Theory]
    [InlineData("dim: 64", "unet.dim is 64; expected 32 unless model.architecture is unet")]
    [InlineData("dim_mults: [1, 4]", "unet.dim_mults is [1, 4]; expected [1, 2, 2] unless model.architecture is unet")]
    [InlineData("text_attention: true", "unet.text_attention is true; expected false unless model.architecture is unet")]
    [InlineData("stem: 2", "unet.stem is 2; expected 1 unless model.architecture is unet")]
    public void Key_of_the_U_Net_in_a_transformer_is_named(string key, string message)
    {
        var error = Assert.Single(ConfigFile.Check($"family: latent-transformer\nmodel: {{architecture: dit}}\nunet:\n  {key}\n", "a.yaml"));
        Assert.Equal("TinySora.Config.InvalidValue", error.Id);
        Assert.StartsWith($"a.yaml:4: {message}", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Violated(TransformerConfig model) => Violated(new Family(model));

    private static IEnumerable<string> Violated(FamilyConfig own) => ConfigRules.Check(new RunConfig { Family = own }).Select(violation => violation.Key);

    private sealed record Family(TransformerConfig Model) : FamilyConfig
    {
        public override string Name => "transformer";

        public override void Check(RunConfig config, ConfigRules rules) => Model.Check(rules);
    }
}
