using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;
using static TinySora.Engine.Tests.Models.UNetGolden;

namespace TinySora.Engine.Tests.Text;

/// <summary>On a folder with a tiny BERT, made as tests/reference/bert_reference.py makes it.</summary>
public sealed class BertEncoderTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public BertEncoderTests()
    {
        // Ids 5 to 8 are a, b, c, d.
        File.WriteAllLines(_folder.File("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "##x", "a", "b", "c", "d"]);
        File.WriteAllText(
            _folder.File("config.json"),
            """{"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 12}""");
        WriteWeights(0);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false, "mean")]
    [InlineData(true, "cls")]
    public void Vectors_agree_with_the_reference(bool useCls, string key)
    {
        using var bert = BertEncoder.Open(_folder.Path, useCls, CPU);
        Assert.Equal(8, bert.Width);
        Assert.True(RelativeError(bert.Encode(["a b c", "d"]), Numbers(Read("bert.json").GetProperty(key))) < 1e-4);
    }

    [Fact]
    public void Neither_neighbours_nor_repetition_change_a_vector()
    {
        using var bert = BertEncoder.Open(_folder.Path, useCls: false, CPU);
        using var fresh = BertEncoder.Open(_folder.Path, useCls: false, CPU);
        var alone = bert.Encode(["d"]);
        var batch = fresh.Encode(["a b c a b c", "d", null, "d"]);
        Assert.True(batch.narrow(0, 1, 1).allclose(alone, 1e-4, 1e-5));
        Assert.True(batch.narrow(0, 3, 1).allclose(alone, 1e-4, 1e-5));
        Assert.True(bert.Encode(["d"]).allclose(alone));
    }

    [Fact]
    public void Texts_longer_than_the_positions_are_cut()
    {
        using var bert = BertEncoder.Open(_folder.Path, useCls: false, CPU);
        Assert.Equal([1, 8], bert.Encode([string.Concat(Enumerable.Repeat("a ", 600))]).shape);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        File.Delete(_folder.File("config.json"));
        var error = Assert.Throws<TinySoraException>(() => BertEncoder.Open(_folder.Path, useCls: false, CPU));
        Assert.Equal("TinySora.Model.EncoderFilesMissing", error.Id);
        Assert.Contains("config.json", error.Message);
        Assert.DoesNotContain("vocab.txt", error.Message);
        Assert.Contains("learned", error.Advice);
    }

    [Theory]
    [InlineData("config.json", "{\"hidden_size\": 8}")]
    [InlineData("config.json", "not json")]
    [InlineData("config.json", """{"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 12}""")]
    [InlineData("vocab.txt", "a\nb")]
    public void Files_that_do_not_fit_together_are_refused(string file, string content)
    {
        File.WriteAllText(_folder.File(file), content);
        var error = Assert.Throws<TinySoraException>(() => BertEncoder.Open(_folder.Path, useCls: false, CPU));
        Assert.Equal("TinySora.Model.EncoderDamaged", error.Id);
    }

    [Fact]
    public void A_model_is_not_restored_with_another_encoder_than_it_was_trained_with()
    {
        var config = new RunConfig { Model = new ModelConfig { TextEncoderPath = _folder.Path } };
        var metadata = TextEncoders.Create(config, [], CPU)!.Metadata;
        Assert.Equal(8, TextEncoders.Restore(config, metadata, CPU)!.Width);

        WriteWeights(100);
        var error = Assert.Throws<TinySoraException>(() => TextEncoders.Restore(config, metadata, CPU));
        Assert.Equal("TinySora.Model.OtherEncoder", error.Id);
    }

    [Fact]
    public void Clip_is_refused_in_this_build()
    {
        var config = new RunConfig { Model = new ModelConfig { TextEncoder = "clip" } };
        var error = Assert.Throws<TinySoraException>(() => TextEncoders.Create(config, [], CPU));
        Assert.Equal("TinySora.Model.EncoderNotBuilt", error.Id);
    }

    /// <summary>With the prefix and the norm names that published files have.</summary>
    private void WriteWeights(int seed)
    {
        var shapes = new Dictionary<string, long[]>
        {
            ["embeddings.word_embeddings.weight"] = [20, 8],
            ["embeddings.position_embeddings.weight"] = [12, 8],
            ["embeddings.token_type_embeddings.weight"] = [2, 8],
        };
        var layers = new[] { "encoder.layer.0.", "encoder.layer.1." };
        foreach (var norm in layers.SelectMany(l => new[] { l + "attention.output", l + "output" }).Append("embeddings"))
        {
            shapes[$"{norm}.LayerNorm.weight"] = shapes[$"{norm}.LayerNorm.bias"] = [8];
        }

        foreach (var layer in layers)
        {
            foreach (var (part, outputs, inputs) in new[]
            {
                ("attention.self.query", 8, 8), ("attention.self.key", 8, 8), ("attention.self.value", 8, 8),
                ("attention.output.dense", 8, 8), ("intermediate.dense", 16, 8), ("output.dense", 8, 16),
            })
            {
                shapes[$"{layer}{part}.weight"] = [outputs, inputs];
                shapes[$"{layer}{part}.bias"] = [outputs];
            }
        }

        var weights = shapes.OrderBy(p => p.Key, StringComparer.Ordinal).Select((p, i) => (
            Name: "bert." + p.Key.Replace("LayerNorm.weight", "LayerNorm.gamma").Replace("LayerNorm.bias", "LayerNorm.beta"),
            Tensor: Noise(seed + i, p.Value)));
        SafetensorsFile.Write(_folder.File("model.safetensors"), new Dictionary<string, string>(), weights);
    }
}
