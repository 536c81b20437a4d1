using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Training.Checkpoints;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>Files under the names of the originals, with weights made for the tests, because published files are not available here.</summary>
public sealed class TokenModelWeightsTests : IDisposable
{
    private const string Head = "lm_head.weight";

    private static readonly Dictionary<string, object> ModelArgs = new()
    {
        ["n_layer"] = 2, ["n_head"] = 2, ["n_embd"] = 16, ["block_size"] = 32, ["bias"] = true, ["dropout"] = 0.2,
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names => [.. TokenTesting.Cases().Where(item => item.Value.Input.Text is null).Select(item => item.Key)];

    /// <summary>The file is found in its folder and comes from a model wrapped by torch.compile.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void NanoGPT_file_imports_and_exports_unchanged(string name)
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Cases()[name].Config;
        var weights = StateDict(model);
        PublishedFile.Write(folder.File("ckpt.pt"), new()
        {
            ["model"] = weights.ToDictionary(item => "_orig_mod." + item.Key, item => item.Value),
            ["optimizer"] = new Dictionary<string, object> { ["state"] = new Dictionary<string, object> { ["0"] = PublishedFile.Stored(ones(3)) } },
            ["model_args"] = ModelArgs, ["iter_num"] = 250, ["best_val_loss"] = 3.5, ["config"] = new Dictionary<string, object> { ["n_layer"] = 2 },
        });
        using var import = CheckpointImport.Open(folder.Path, Config(model));
        Assert.Empty(import.Warnings);
        Assert.Equal(250, import.Step);
        var checkpoint = import.Save(folder.File("results"));
        Assert.Equal(NamesOf(model).Select(item => "model.network." + item).Order(), Of(checkpoint.Path, "model."));

        CheckpointExport.Write(checkpoint.Path, folder.File("again.pt"), ExportFormat.PyTorch);
        PublishedFile.Write(folder.File("expected.pt"), new() { ["model"] = weights, ["ema"] = weights });
        Assert.Equal(PublishedFile.Tensors(folder.File("expected.pt")), PublishedFile.Tensors(folder.File("again.pt")));
        using var again = TensorFile.Open(folder.File("again.pt"));
        Assert.Equal("250", again.Metadata["iter_num"]);
        Assert.Equal($"{TokenTesting.Vocabulary(model)}", again.Metadata["model_args.vocab_size"]);
        Assert.All(ModelArgs.Where(item => item.Value is int), item => Assert.Equal($"{item.Value}", again.Metadata[$"model_args.{item.Key}"]));

        CheckpointExport.Write(checkpoint.Path, folder.File("again.safetensors"), ExportFormat.Safetensors);
        PublishedFile.Write(folder.File("bare.pt"), weights);
        Assert.Equal(PublishedFile.Tensors(folder.File("bare.pt")), PublishedFile.Tensors(folder.File("again.safetensors")));
        using var own = CheckpointImport.Open(folder.File("again.safetensors"), Config(model));
        Assert.Equal(250, own.Step);
    }

    /// <summary>Covers mamba_ssm's format and that of safetensors, which omits one of two names of a shared weight.</summary>
    [Theory]
    [InlineData("mamba", "")]
    [InlineData("mamba", Head)]
    [InlineData("mamba", "backbone.embedding.weight")]
    [InlineData("nanogpt", "transformer.wte.weight")]
    public void State_dict_with_either_name_of_the_shared_table_imports(string name, string absent)
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Cases()[name].Config;
        var weights = StateDict(model);
        weights.Remove(absent);
        PublishedFile.Write(folder.File("pytorch_model.bin"), weights);
        using var import = CheckpointImport.Open(folder.File("pytorch_model.bin"), Config(model));
        using var checkpoint = SafetensorsFile.Open(import.Save(folder.File("results")).Path);
        using var network = TokenTesting.Filled(model);
        Assert.All(network.state_dict(), item => Assert.True(checkpoint.Tensors["ema.network." + item.Key].Read().allclose(item.Value), item.Key));
    }

    [Fact]
    public void Head_that_differs_from_the_table_is_refused()
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Small(TokenModelKind.NanoGpt);
        var weights = StateDict(model);
        weights[Head] = PublishedFile.Stored(((StoredTensor)weights[Head]).Read() + 1e-3);
        PublishedFile.Write(folder.File("ckpt.pt"), weights);
        Assert.Contains(Head, Refused(model), StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_another_network_is_refused_with_the_differences()
    {
        using var scope = NewDisposeScope();
        PublishedFile.Write(folder.File("ckpt.pt"), StateDict(TokenTesting.Small(TokenModelKind.NanoGpt)));
        Assert.Contains("network.backbone.layers.0.mixer.A_log", Refused(TokenTesting.Small(TokenModelKind.Mamba)), StringComparison.Ordinal);
        Assert.Contains("'network.transformer.wpe.weight' is (32, 16) in the file and (40, 16)",
            Refused(TokenTesting.Small(TokenModelKind.NanoGpt) with { BlockSize = 40 }), StringComparison.Ordinal);
    }

    /// <summary>Special tokens follow the codes of the training data, which may be fewer than those of the autoencoder.</summary>
    [Theory]
    [InlineData("nanogpt", 11)]
    [InlineData("mdgpt numbered", 11)]
    [InlineData("nanogpt-mamba", 11)]
    [InlineData("mamba", null)]
    public void Number_of_codes_is_read_from_the_file(string name, int? codes)
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Cases()[name].Config;
        PublishedFile.Write(folder.File("ckpt.pt"), StateDict(model));
        using var import = CheckpointImport.Open(folder.Path, Config(model));
        var config = ConfigFile.Parse(import.Save(folder.File("results")).ConfigYaml, "checkpoint");
        Assert.Equal(codes, config.Of<TokenModelConfig>().Family.Model.Codes);
    }

    [Theory]
    [InlineData("nanogpt", 12, 13)]
    [InlineData("mdgpt numbered", 5120, 5124)]
    [InlineData("mamba", 40, 48)]
    public void Wrong_number_of_codes_is_refused_naming_its_key(string name, int codes, int tokens)
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Cases()[name].Config;
        PublishedFile.Write(folder.File("ckpt.pt"), StateDict(model));
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.Path, Config(model with { Codes = codes })));
        Assert.Equal("TinySora.Model.CodesDiffer", error.Id);
        Assert.Contains($"{TokenTesting.Vocabulary(model)} tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains($"with model.codes {codes}, the model has {tokens} tokens", error.Message, StringComparison.Ordinal);
        using var import = CheckpointImport.Open(folder.Path, Config(model with { Codes = TokenTesting.Codes }));
    }

    /// <summary>Covers settings that shapes do not show but the file records; a model without attention ignores the number of heads.</summary>
    [Fact]
    public void Settings_that_differ_from_the_file_are_refused_naming_their_keys()
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Small(TokenModelKind.NanoGpt);
        var sparse = model with { SparseContextWindow = true, ContextStride = 3, ContextStrideStart = 4 };
        Write(model, isSparse: true);
        Assert.Equal(["model.n_head: '2' in the file, 4 in the configuration"], Others(sparse with { NHead = 4 }));
        Assert.Equal(
            [
                "model.sparse_context_window: 'true' in the file, false in the configuration",
                "model.context_stride: '3' in the file, 2 in the configuration", "model.context_stride_start: '4' in the file, 32 in the configuration",
            ],
            Others(model));
        CheckpointImport.Open(folder.Path, Config(sparse)).Dispose();

        Write(model, isSparse: false);
        Assert.Equal(["model.sparse_context_window: 'false' in the file, true in the configuration"], Others(sparse));
        CheckpointImport.Open(folder.Path, Config(model)).Dispose();

        var last = TokenTesting.Cases()["mdgpt numbered"].Config with { OnlyPredictLast = true };
        Write(last, isSparse: false);
        CheckpointImport.Open(folder.Path, Config(last)).Dispose();
        Assert.Equal(["model.only_predict_last: 'true' in the file, false in the configuration"], Others(last with { OnlyPredictLast = false }));

        var mamba = TokenTesting.Small(TokenModelKind.Mamba) with { NHead = 4 };
        Write(mamba, isSparse: true);
        CheckpointImport.Open(folder.Path, Config(mamba)).Dispose();

        string[] Others(TokenNetworkConfig config) => [.. Refused(config, "TinySora.Checkpoint.OtherSettings").Split("\n  ").Skip(1)];
        void Write(TokenNetworkConfig of, bool isSparse) => PublishedFile.Write(folder.File("ckpt.pt"), new()
        {
            ["model"] = StateDict(of), ["model_args"] = ModelArgs,
            ["config"] = new Dictionary<string, object>
            {
                ["sparse_context_window"] = isSparse, ["context_stride"] = 3, ["context_stride_start"] = 4, ["only_predict_last"] = of.OnlyPredictLast,
            },
        });
    }

    /// <summary>Buffers of nanoGPT's blocks under PyTorch 1 hold the causal mask.</summary>
    [Fact]
    public void Buffers_are_not_imported()
    {
        using var scope = NewDisposeScope();
        var model = TokenTesting.Small(TokenModelKind.NanoGpt);
        var weights = StateDict(model);
        weights["transformer.h.0.attn.bias"] = PublishedFile.Stored(ones([1, 1, 32, 32]).tril());
        PublishedFile.Write(folder.File("ckpt.pt"), weights);
        using var import = CheckpointImport.Open(folder.Path, Config(model));
        Assert.DoesNotContain("model.network.transformer.h.0.attn.bias", Of(import.Save(folder.File("results")).Path, "model."));
    }

    /// <summary>Files of other programs lack the weights for text; our exports keep them.</summary>
    [Theory]
    [InlineData(ExportFormat.PyTorch, "again.pt")]
    [InlineData(ExportFormat.Safetensors, "again.safetensors")]
    public void Exported_text_model_imports_again(ExportFormat format, string file)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var model = TokenTesting.Small(TokenModelKind.NanoGpt);
        var config = Config(model);
        config = config with { Family = config.Of<TokenModelConfig>().Family with { Text = new() { Encoder = TextEncoderKind.Learned, Width = 8 } } };
        var encoder = new LearnedTextEncoder(WordTokenizer.FromCaptions(["a red ball", "a blue box"]), 8);
        using var whole = new TextToTokens(TokenTesting.Create(model), encoder, 8, 16);
        var metadata = Checkpoint.Metadata(7, new RunDescription(config, 1, "", encoder.Metadata), 0);
        var path = CheckpointStore.PathOf(folder.Path, 7);
        SafetensorsFile.Write(path, metadata, whole.state_dict().Select(item => ("model." + item.Key, item.Value))
            .Concat(whole.named_parameters().Select(item => ("ema." + item.name, (Tensor)item.parameter))));

        CheckpointExport.Write(path, folder.File(file), format);
        using var import = CheckpointImport.Open(folder.File(file), new RunConfig(), keepOwn: true);
        Assert.Equal(PublishedFile.Tensors(path), PublishedFile.Tensors(import.Save(folder.File("results")).Path));
    }

    private string Refused(TokenNetworkConfig model, string id = "TinySora.Checkpoint.OtherModel")
    {
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.Path, Config(model)));
        Assert.Equal(id, error.Id);
        return error.Message;
    }

    private static IEnumerable<string> Of(string checkpoint, string prefix)
    {
        using var file = SafetensorsFile.Open(checkpoint);
        return [.. file.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order()];
    }

    private static RunConfig Config(TokenNetworkConfig model) => new() { Family = new TokenModelConfig { Model = model } };

    private static List<string> NamesOf(TokenNetworkConfig model)
    {
        using var network = TokenTesting.Create(model);
        return [.. network.state_dict().Keys];
    }

    /// <summary>Returns the state dict with its head and mdGPT's unused weights: names and shapes of its class, all zero as in our exports.</summary>
    private static Dictionary<string, object> StateDict(TokenNetworkConfig model)
    {
        using var scope = NewDisposeScope();
        using var network = TokenTesting.Filled(model);
        var result = network.state_dict().ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value));
        result[Head] = result[model.Architecture == TokenModelKind.Mamba ? "backbone.embedding.weight" : "transformer.wte.weight"];
        var unused = new Dictionary<string, long[]>
        {
            ["cross_attn.q_linear.weight"] = [16, 16], ["cross_attn.q_linear.bias"] = [16], ["cross_attn.kv_linear.weight"] = [32, 16],
            ["cross_attn.kv_linear.bias"] = [32], ["cross_attn.proj.weight"] = [16, 16], ["cross_attn.proj.bias"] = [16],
            ["cond_x_proj.weight"] = [16, 4], ["cond_x_proj.bias"] = [16],
        };
        foreach (var (name, shape) in model.Architecture == TokenModelKind.MdGpt ? unused : [])
        {
            result.Add(name, PublishedFile.Stored(zeros(shape)));
        }

        return result;
    }
}
