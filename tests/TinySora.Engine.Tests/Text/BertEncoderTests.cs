using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Text;

/// <summary>Uses a tiny BERT in the published layout, written with golden vectors by tests/reference/bert_reference.py.</summary>
public sealed class BertEncoderTests : IDisposable
{
    private static readonly JsonElement Golden = Read(Path.Combine("bert", "golden.json"));
    private static readonly string[] Texts = [.. Golden.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public BertEncoderTests() => GoldenBert.CopyTo(folder.Path);

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    /// <summary>One of the texts exceeds the 512 positions and is truncated.</summary>
    [Theory]
    [InlineData(false, "mean")]
    [InlineData(true, "cls")]
    public void Vectors_match_the_reference(bool useCls, string key)
    {
        using var bert = Open(useCls);
        Assert.Equal(8, bert.Width);
        Assert.True(RelativeError(bert.Encode(Literals(Texts)), Numbers(Golden.GetProperty(key))) < 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_in_a_PyTorch_file_give_the_same_encoder(bool zip)
    {
        using var expected = Open();
        var golden = Path.Combine(AppContext.BaseDirectory, "Golden", "bert", "pytorch_model.bin");
        if (zip)
        {
            // As current versions save a bare encoder: without prefix, with new names of the norms.
            using var legacy = PyTorchFile.Open(golden);
            PyTorchFile.Write(folder.File("pytorch_model.bin"), legacy.Tensors.ToDictionary(
                item => item.Key.Replace("bert.", "").Replace("gamma", "weight").Replace("beta", "bias"), item => (object)item.Value));
        }
        else
        {
            File.Copy(golden, folder.File("pytorch_model.bin"));
        }

        File.Delete(folder.File("model.safetensors"));
        using var bert = Open();
        Assert.Equal(expected.Fingerprint, bert.Fingerprint);

        // Safetensors takes precedence if both exist.
        File.WriteAllText(folder.File("model.safetensors"), "broken");
        Assert.Equal("TinySora.Model.EncoderDamaged", Assert.Throws<TinySoraException>(() => Open()).Id);
    }

    /// <summary>Otherwise every word after the end would be unknown, and most prompts would have no effect.</summary>
    [Fact]
    public void Truncated_vocabulary_is_refused()
    {
        using var scope = NewDisposeScope();
        Write(padding: 1024);
        Open().Dispose();
        Write(padding: 1025);
        Assert.Contains("vocab.txt has 16 words", Assert.Throws<TinySoraException>(() => Open()).Message, StringComparison.Ordinal);

        void Write(long padding)
        {
            using var golden = TensorFile.Open(Path.Combine(AppContext.BaseDirectory, "Golden", "bert", "model.safetensors"));
            SafetensorsFile.Write(folder.File("model.safetensors"), new Dictionary<string, string>(), golden.Tensors.Select(item => (item.Key, item.Value.Read() is var weight
                && item.Key.EndsWith("word_embeddings.weight", StringComparison.Ordinal) ? cat([weight, zeros(padding, weight.shape[1])]) : weight)).ToList());
        }
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "git lfs pull")]
    [InlineData("", "0 bytes")]
    public void Invalid_weights_are_reported_as_files_of_the_encoder_not_as_a_checkpoint(string content, string reason)
    {
        File.WriteAllText(folder.File("model.safetensors"), content);
        var error = Assert.Throws<TinySoraException>(() => Open());
        Assert.Equal("TinySora.Model.EncoderDamaged", error.Id);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_weights_are_reported_with_both_possible_names()
    {
        File.Delete(folder.File("model.safetensors"));
        Assert.Contains("model.safetensors or pytorch_model.bin", Assert.Throws<TinySoraException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vector_is_the_mean_of_the_states_except_that_of_CLS()
    {
        using var bert = Open();
        var means = bert.States(Literals(Texts)).Unpad().Select(state => state.narrow(0, 1, state.shape[0] - 1).mean([0]));
        Assert.True(stack([.. means]).allclose(bert.Encode(Literals(Texts)), 1e-4, 1e-5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Padding_does_not_change_a_vector(bool useCls)
    {
        using var bert = Open(useCls);
        var together = bert.Encode(Literals(Texts));
        for (var i = 0; i < Texts.Length; i++)
        {
            Assert.True(bert.Encode(Literals(Texts[i])).allclose(together.narrow(0, i, 1), 1e-5, 1e-6));
        }
    }

    [Fact]
    public void Prompt_weights_give_a_weighted_mean_as_in_the_reference()
    {
        using var bert = Open();
        var prompts = Golden.GetProperty("prompts").EnumerateArray().Select(prompt => WeightedText.Parse(prompt.GetString())).ToList();
        Assert.True(RelativeError(bert.Encode(prompts), Numbers(Golden.GetProperty("weighted"))) < 1e-4);
    }

    [Fact]
    public void Weights_of_1_give_exactly_the_vector_of_plain_text()
    {
        using var bert = Open();
        var plain = bert.Encode(Literals("a red circle"));
        Assert.Equal(plain.data<float>().ToArray(), bert.Encode([WeightedText.Parse("(a:1) re(d:1.0) circle")]).data<float>().ToArray());
        Assert.False(plain.allclose(bert.Encode([WeightedText.Parse("a (red:3) circle")]), 1e-5, 1e-5));
    }

    [Fact]
    public void States_have_the_weights_of_the_tokens()
    {
        using var bert = Open();
        var (plain, weighted) = (bert.States(Literals("a red circle")), bert.States([WeightedText.Parse("a (red:3) circle")]));
        Assert.Null(plain.Weights);
        Assert.True(plain.Values.allclose(weighted.Values));
        var weights = weighted.Weights!.data<float>().ToArray();
        Assert.Equal(plain.Values.shape[1], weights.Length);
        Assert.Equal((1f, 3f, 1f), (weights[0], weights.Max(), weights[^1]));
    }

    [Fact]
    public void Prompt_weights_are_refused_with_CLS_pooling()
    {
        using var bert = Open(useCls: true);
        var error = Assert.Throws<TinySoraException>(() => bert.Encode([WeightedText.Parse("a (red:1.4) circle")]));
        Assert.Equal("TinySora.Model.WeightsNeedMean", error.Id);
        Assert.Contains("text_use_bert_cls", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoding_leaves_a_single_tensor_behind()
    {
        using var bert = Open();
        var before = scope.DisposablesCount;
        bert.Encode(Literals("a red circle"));
        Assert.Equal(before + 1, scope.DisposablesCount);
    }

    [Fact]
    public void Missing_file_is_named()
    {
        File.Delete(folder.File("config.json"));
        var error = Assert.Throws<TinySoraException>(() => Open());
        Assert.Equal("TinySora.Model.EncoderFilesMissing", error.Id);
        Assert.Contains("config.json", error.Message);
        Assert.DoesNotContain("vocab.txt", error.Message);
        Assert.Contains("next to its checkpoint", error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("text_encoder", error.Advice, StringComparison.Ordinal);
    }

    /// <summary>The keys differ between families.</summary>
    [Fact]
    public void Advice_names_the_keys_of_the_configuration_in_use()
    {
        var unet = new PixelUNetConfig { Model = new ModelConfig { TextEncoder = TextEncoderKind.Bert, TextEncoderPath = folder.File("none") } };
        Assert.Contains("set model.text_encoder_path to another folder with these files, or set model.text_encoder to learned", Advice(unet.TextEncoder), StringComparison.Ordinal);
        Assert.Contains("set text.path to another folder with these files, or set text.encoder to learned", Advice(new(TextEncoderKind.Clip) { Path = folder.File("none") }), StringComparison.Ordinal);

        string Advice(TextEncoderChoice choice) => Assert.Throws<TinySoraException>(() => TextEncoders.Check(choice)).Advice;
    }

    [Theory]
    [InlineData("config.json", "{\"hidden_size\": 8}")]
    [InlineData("config.json", "not json")]
    [InlineData("config.json", "[]")]
    [InlineData("config.json", """{"hidden_size": "8"}""")]
    [InlineData("config.json", """{"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 512}""")]
    [InlineData("config.json", """{"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 16, "max_position_embeddings": 512}""")]
    [InlineData("config.json", """{"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 512, "hidden_act": "relu"}""")]
    [InlineData("vocab.txt", "a\nb")]
    public void Inconsistent_files_are_refused(string file, string content)
    {
        File.WriteAllText(folder.File(file), content);
        Assert.Equal("TinySora.Model.EncoderDamaged", Assert.Throws<TinySoraException>(() => Open()).Id);
    }

    [Fact]
    public void Model_is_not_restored_with_another_encoder_than_it_was_trained_with()
    {
        var config = new RunConfig { Family = new PixelUNetConfig { Model = new ModelConfig { TextEncoderPath = folder.Path } } };
        var metadata = TextEncoders.Create(config.Text, [], CPU)!.Metadata;
        Assert.Equal(8, TextEncoders.Restore(config.Text, metadata, CPU)!.Width);
        Assert.Equal(8, TextEncoders.Restore(config.Text, new Dictionary<string, string>(), CPU)!.Width);

        var pooledOtherwise = config.With(diffusion: new DiffusionConfig { TextUseBertCls = true });
        Assert.Equal("TinySora.Model.OtherEncoder", Assert.Throws<TinySoraException>(() => TextEncoders.Restore(pooledOtherwise.Text, metadata, CPU)).Id);

        ChangeOneNumber();
        Assert.Equal("TinySora.Model.OtherEncoder", Assert.Throws<TinySoraException>(() => TextEncoders.Restore(config.Text, metadata, CPU)).Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_and_sampling_use_the_configured_pooling(bool useCls)
    {
        var config = new RunConfig
        {
            Family = new PixelUNetConfig
            {
                Model = new ModelConfig { TextEncoderPath = folder.Path }, Diffusion = new DiffusionConfig { TextUseBertCls = useCls },
            },
        };
        using var direct = Open(useCls);
        var trained = TextEncoders.Create(config.Text, [], CPU)!;
        var sampling = TextEncoders.Restore(config.Text, trained.Metadata, CPU)!;
        Assert.True(trained.Encode(Literals(Texts)).allclose(direct.Encode(Literals(Texts)), 1e-5, 1e-6));
        Assert.True(sampling.Encode(Literals(Texts)).allclose(direct.Encode(Literals(Texts)), 1e-5, 1e-6));
    }

    private BertEncoder Open(bool useCls = false) => BertEncoder.Open(folder.Path, useCls, CPU);

    private static WeightedText[] Literals(params string[] texts) => [.. texts.Select(WeightedText.Literal)];

    private void ChangeOneNumber()
    {
        var path = folder.File("model.safetensors");
        List<(string Name, Tensor Tensor)> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.Entries.Keys.Select(name => (name, file.Read(name)))];
        }

        tensors.Single(item => item.Name == "bert.embeddings.word_embeddings.weight").Tensor[0, 0] = tensor(0.5f);
        SafetensorsFile.Write(path, new Dictionary<string, string>(), tensors);
    }
}
