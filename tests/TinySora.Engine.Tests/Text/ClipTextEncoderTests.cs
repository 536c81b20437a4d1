using System.Text.Json;
using System.Text.Json.Nodes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Text;

/// <summary>Uses a tiny CLIP in the published layout, written with golden vectors by tests/reference/clip_reference.py.</summary>
public sealed class ClipTextEncoderTests : IDisposable
{
    private static readonly JsonElement Golden = Read(Path.Combine("clip", "golden.json"));
    private static readonly WeightedText[] Texts =
        [.. Golden.GetProperty("texts").EnumerateArray().Select(text => WeightedText.Literal(text.GetString()))];

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public ClipTextEncoderTests() => CopyTo(folder.Path);

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    /// <summary>Writes the tiny CLIP to a folder.</summary>
    internal static void CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "vocab.json", "merges.txt", "config.json", "model.safetensors" })
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Golden", "clip", name), Path.Combine(folder, name), overwrite: true);
        }
    }

    /// <summary>The last text exceeds the 16 positions and is truncated; in some texts, an id is greater than that of the end.</summary>
    [Theory]
    [InlineData("quick_gelu", "end")]
    [InlineData("quick_gelu", "greatest")]
    [InlineData("gelu", "end")]
    [InlineData("gelu", "greatest")]
    public void Vectors_match_the_reference(string activation, string pooling)
    {
        ChangeConfig(config =>
        {
            config["hidden_act"] = activation;
            config["eos_token_id"] = pooling == "end" ? (int)config["eos_token_id"]! : 2;
        });
        using var clip = Open();
        Assert.Equal(8, clip.Width);
        Assert.True(RelativeError(clip.Encode(Texts), Numbers(Golden.GetProperty(activation).GetProperty(pooling))) < 1e-4);
    }

    [Fact]
    public void Both_poolings_agree_if_no_id_is_greater_than_the_end()
    {
        File.WriteAllText(folder.File("vocab.json"), File.ReadAllText(folder.File("vocab.json"))
            .Replace("\"<|endoftext|>\":523", "\"<|endoftext|>\":524", StringComparison.Ordinal)
            .Replace("\"left</w>\":524", "\"left</w>\":523", StringComparison.Ordinal));
        var prints = new[] { 524, 2 }.Select(end =>
        {
            ChangeConfig(config => config["eos_token_id"] = end);
            using var clip = Open();
            return clip.Fingerprint;
        });
        Assert.Single(prints.Distinct());
    }

    [Fact]
    public void States_are_those_of_the_text_s_own_tokens_and_match_the_reference()
    {
        using var clip = Open();
        var states = clip.States(Texts).Unpad();
        var expected = Golden.GetProperty("quick_gelu").GetProperty("states");
        Assert.Equal(Golden.GetProperty("ids").EnumerateArray().Select(ids => (long)ids.GetArrayLength()), states.Select(state => state.shape[0]));
        Assert.All(states.Select((state, i) => (state, i)), item =>
            Assert.True(RelativeError(item.state, Numbers(expected[item.i])) < 1e-4));
    }

    [Fact]
    public void Padding_does_not_change_a_vector()
    {
        using var clip = Open();
        var together = clip.Encode(Texts);
        for (var i = 0; i < Texts.Length; i++)
        {
            Assert.True(clip.Encode([Texts[i]]).allclose(together.narrow(0, i, 1), 1e-5, 1e-6));
        }
    }

    [Fact]
    public void Text_model_alone_is_the_same_encoder()
    {
        using var whole = Open();
        var path = folder.File("model.safetensors");
        List<(string Name, Tensor Tensor)> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.Entries.Keys.Where(name => name.StartsWith("text_model.", StringComparison.Ordinal))
                .Select(name => (name["text_model.".Length..], file.Read(name)))];
        }

        SafetensorsFile.Write(path, new Dictionary<string, string>(), tensors);
        var config = folder.File("config.json");
        File.WriteAllText(config, JsonNode.Parse(File.ReadAllText(config))!["text_config"]!.ToJsonString());
        using var half = Open();
        Assert.Equal(whole.Fingerprint, half.Fingerprint);
        Assert.True(whole.Encode(Texts).allclose(half.Encode(Texts), 1e-6, 1e-6));
    }

    /// <summary>Hugging Face's library writes only values that differ from these defaults.</summary>
    [Fact]
    public void Missing_configuration_values_default_to_ViT_B_32()
    {
        File.WriteAllText(folder.File("config.json"), """{"model_type": "clip", "text_config": {"model_type": "clip_text_model", "eos_token_id": 2}}""");
        Assert.Equal(new ClipTextShape(512, 12, 8, 2048, 77, 1e-5, QuickGelu: true, End: null), ClipTextShape.Read(folder.File("config.json")));
    }

    [Fact]
    public void Prompt_weights_are_refused()
    {
        using var clip = Open();
        var error = Assert.Throws<TinySoraException>(() => clip.Encode([WeightedText.Parse("a (red:1.4) circle")]));
        Assert.Equal("TinySora.Model.WeightsNeedMean", error.Id);
        Assert.Contains("CLIP", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoding_leaves_only_its_results_behind()
    {
        using var clip = Open();
        var before = scope.DisposablesCount;
        clip.Encode(Texts);
        clip.States(Texts);
        Assert.Equal(before + 1 + 2, scope.DisposablesCount);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        File.Delete(folder.File("merges.txt"));
        File.Delete(folder.File("model.safetensors"));
        var error = Assert.Throws<TinySoraException>(() => TextEncoders.Check(Config.Text));
        Assert.Equal("TinySora.Model.EncoderFilesMissing", error.Id);
        Assert.Contains("does not contain merges.txt, model.safetensors or pytorch_model.bin.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "hidden_size", "16")]
    [InlineData("config.json", "num_attention_heads", "3")]
    [InlineData("config.json", "hidden_act", "\"relu\"")]
    [InlineData("config.json", "eos_token_id", "5")]
    [InlineData("vocab.json", "<|endoftext|>", null)]
    [InlineData("vocab.json", "x", null)]
    [InlineData("vocab.json", "red</w>", null)]
    [InlineData("vocab.json", "red</w>", "525")]
    public void Inconsistent_files_are_refused(string file, string key, string? value)
    {
        var json = JsonNode.Parse(File.ReadAllText(folder.File(file)))!;
        var changed = (json["text_config"] ?? json).AsObject();
        Assert.True(changed.Remove(key));
        if (value is not null)
        {
            changed[key] = JsonNode.Parse(value);
        }

        File.WriteAllText(folder.File(file), json.ToJsonString());
        Assert.Equal("TinySora.Model.EncoderDamaged", Assert.Throws<TinySoraException>(() => Open()).Id);
    }

    [Theory]
    [InlineData("vocab.json", "null")]
    [InlineData("vocab.json", "{\"a\": \"b\"}")]
    [InlineData("merges.txt", "r e d")]
    [InlineData("config.json", "{\"text_config\": null}")]
    public void Damaged_files_are_refused_by_name(string file, string content)
    {
        File.WriteAllText(folder.File(file), content);
        var error = Assert.Throws<TinySoraException>(() => Open());
        Assert.Equal("TinySora.Model.EncoderDamaged", error.Id);
        Assert.Contains("vocab.json, merges.txt, config.json", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_is_not_restored_with_another_CLIP_than_it_was_trained_with()
    {
        var metadata = TextEncoders.Create(Config.Text, [], CPU)!.Metadata;
        Assert.Equal(8, TextEncoders.Restore(Config.Text, metadata, CPU)!.Width);

        // Other merges split the same words differently.
        File.WriteAllLines(folder.File("merges.txt"), File.ReadAllLines(folder.File("merges.txt")).Take(3));
        Assert.Equal("TinySora.Model.OtherEncoder", Assert.Throws<TinySoraException>(() => TextEncoders.Restore(Config.Text, metadata, CPU)).Id);
    }

    private RunConfig Config => new() { Family = new PixelUNetConfig { Model = new ModelConfig { TextEncoder = TextEncoderKind.Clip, TextEncoderPath = folder.Path } } };

    private ClipTextEncoder Open() => ClipTextEncoder.Open(folder.Path, CPU);

    private void ChangeConfig(Action<JsonNode> change)
    {
        var config = JsonNode.Parse(File.ReadAllText(folder.File("config.json")))!;
        change(config["text_config"]!);
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
    }
}
