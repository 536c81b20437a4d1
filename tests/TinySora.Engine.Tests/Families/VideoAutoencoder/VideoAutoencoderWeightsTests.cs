using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Training.Checkpoints;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Files under the names of the originals, with weights made for the tests, because published files are not available here.</summary>
public sealed class VideoAutoencoderWeightsTests : IDisposable
{
    private static readonly string[] Encoder = ["encoder.0", "encoder.2"];
    private static readonly string[] Variational = ["encoder.encoder_layers_before_last.0", "encoder.mu_layer", "encoder.sigma_layer"];
    private static readonly string[] Decoder = ["decoder.0", "decoder.2", "decoder.4", "decoder.6"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("s4t4_b_vq", "state_dict.")]
    [InlineData("vae_s4t4_b", "")]
    [InlineData("videogpt", "state_dict.vqvae.")]
    [InlineData("causal_s8t4", "state_dict.")]
    [InlineData("s4t4_c", "state_dict.")]
    public void File_under_published_names_imports_and_exports_unchanged(string variant, string prefix)
    {
        var weights = StateDict(variant);
        PublishedFile.Write(folder.File("model.ckpt"), Below(prefix, weights));
        using var import = CheckpointImport.Open(folder.File("model.ckpt"), Config(variant));
        var checkpoint = import.Save(folder.File("results"));

        CheckpointExport.Write(checkpoint.Path, folder.File("again.pt"), ExportFormat.PyTorch);
        var original = PublishedFile.Tensors(folder.File("model.ckpt")).Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(item => item.Key[prefix.Length..], item => item.Value);
        var exported = PublishedFile.Tensors(folder.File("again.pt")).Where(item => item.Key.StartsWith("model.", StringComparison.Ordinal))
            .ToDictionary(item => item.Key["model.".Length..], item => item.Value);
        Assert.Equal(weights.Count, original.Count);
        Assert.Equal(original, exported);

        // State that only TinySora has starts from scratch, in an import as in an exported file.
        using var scope = NewDisposeScope();
        using var model = NetworkVariants.Find(variant)!.Create(SmallNetworks.Config, new());
        using var file = SafetensorsFile.Open(checkpoint.Path);
        ModelWeights.Load(file, model, averaged: true, published: new VideoAutoencoderWeights());
        CheckpointExport.Write(checkpoint.Path, folder.File("again.safetensors"), ExportFormat.Safetensors);
        using var again = SafetensorsFile.Open(folder.File("again.safetensors"));
        ModelWeights.Load(again, model, averaged: true, published: new VideoAutoencoderWeights());
        Assert.Equal(0, model.Usage?.Counts.sum().data<long>()[0] ?? 0);
    }

    /// <summary>The file layout is that of hpcai-tech/vqvae; a folder of BERT has files of the same names.</summary>
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("pytorch_model.bin")]
    public void Open_Sora_tokenizer_folder_imports(string name)
    {
        PublishedFile.Write(folder.File(name), StateDict("videogpt"));
        File.WriteAllText(folder.File("config.json"), """{ "architectures": ["VQVAE"], "model_type": "VQVAE", "n_codes": 16 }""");
        using (var import = CheckpointImport.Open(folder.Path, Config("videogpt"), keepOwn: true))
        {
            Assert.Equal(folder.File(name), import.SourcePath);
        }

        File.WriteAllText(folder.File("config.json"), """{ "architectures": ["BertModel"] }""");
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.Path, Config("videogpt")));
        Assert.Equal("TinySora.Checkpoint.NoMilestone", error.Id);
    }

    [Fact]
    public void Exported_names_are_those_of_minisora()
    {
        Assert.Equal(Named([.. Encoder, .. Decoder], "vq.codebook.weight"), StateDict("s4t4_b_vq").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Named([.. Variational, .. Decoder]), StateDict("vae_s4t4_b").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Named(["encoder", "decoder"]), StateDict("encode111111_decode111111").Keys.Order(StringComparer.Ordinal));

        string[] shortened = [.. Named(["encoder.0", "encoder.2", "decoder.1", "decoder.3", "decoder.5"]),
            .. new[] { "encoder.4", "decoder.0" }.SelectMany(layer => new[] { $"{layer}.res_block.1.weight", $"{layer}.res_block.3.weight" })];
        Assert.Equal(shortened.Order(StringComparer.Ordinal), StateDict("s4t4_c").Keys.Order(StringComparer.Ordinal));

        static IEnumerable<string> Named(string[] layers, params string[] others) =>
            layers.SelectMany(layer => new[] { layer + ".weight", layer + ".bias" }).Concat(others).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Exported_names_of_the_causal_network_are_those_of_minisora()
    {
        string[] block = [.. Norm("block.0"), .. Norm("block.3"), .. Norm("block.6"), "block.2.conv.weight", "block.5.conv.weight",
            .. "wht".SelectMany(axis => new[] { "w_qs.weight", "w_ks.weight", "w_vs.weight", "fc.weight", "fc.bias" }.Select(name => $"block.8.attn_{axis}.{name}"))];
        string[] stack = [.. new[] { "0", "1" }.SelectMany(i => block.Select(name => $"{i}.{name}")), .. Norm("2")];
        string[] convolutions = ["spatial_conv.0.conv", "spatial_conv.1.conv", "spatial_conv.2.conv", "time_conv.0.conv.conv", "time_conv.1.conv.conv"];
        string[] way = [.. convolutions.SelectMany(WithBias), .. new[] { "spatial_res_stack", "time_res_stack" }.SelectMany(name => stack.Select(of => $"{name}.{of}"))];
        string[] expected = [.. way.Select(name => $"encoder.encoder.{name}"), .. way.Select(name => $"decoder.decoder.{name}"),
            .. WithBias("encoder.pre_vq_conv.conv"), .. WithBias("decoder.post_vq_conv.conv"), "vq.embeddings", "vq.N", "vq.z_avg"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), StateDict("causal_s8t4").Keys.Order(StringComparer.Ordinal));

        static string[] WithBias(string name) => [name + ".weight", name + ".bias"];
        static string[] Norm(string name) => [.. WithBias(name), $"{name}.running_mean", $"{name}.running_var", $"{name}.num_batches_tracked"];
    }

    [Fact]
    public void File_of_another_network_is_refused_with_the_differences()
    {
        PublishedFile.Write(folder.File("model.ckpt"), Below("state_dict.", StateDict("s4t4_b_vq")));
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File("model.ckpt"), Config("vae_s4t4_b")));
        Assert.Equal("TinySora.Checkpoint.OtherModel", error.Id);
        Assert.Contains("encoder.mu_layer.weight", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Shapes of kernels depend only on the number of halvings; minisora's networks have VideoGPT's flag and ignore it.</summary>
    [Fact]
    public void Strides_that_differ_from_the_file_are_refused_naming_their_key()
    {
        var error = Assert.Throws<TinySoraException>(() => Open("videogpt", 4, 4, 4));
        Assert.Equal("TinySora.Checkpoint.OtherSettings", error.Id);
        Assert.Contains("model.downsample: '[4, 4, 4]' in the file, [2, 4, 4] in the configuration", error.Message, StringComparison.Ordinal);
        Open("videogpt", 2, 4, 4);
        Open("s4t4_b_vq", 4, 4, 4);

        void Open(string variant, params int[] strides)
        {
            var arguments = new PythonNamespace(new Dictionary<string, object> { ["downsample"] = strides });
            PublishedFile.Write(folder.File("model.ckpt"), new()
            {
                ["state_dict"] = StateDict(variant), ["hyper_parameters"] = new Dictionary<string, object> { ["args"] = arguments },
            });
            CheckpointImport.Open(folder.File("model.ckpt"), Config(variant)).Dispose();
        }
    }

    /// <summary>A final activation has no weights; Lightning counts the optimizer's steps.</summary>
    [Fact]
    public void Network_and_step_are_read_from_Lightning_hyperparameters()
    {
        const string network = "encode133122_decode144122_tanh";
        PublishedFile.Write(folder.File("model.ckpt"), new()
        {
            ["state_dict"] = StateDict(network), ["global_step"] = 4300, ["epoch"] = 2, ["hyper_parameters"] = new Dictionary<string, object>
            {
                ["args"] = new PythonNamespace(new Dictionary<string, object> { ["network_variant"] = network }),
            },
        });
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.File("model.ckpt"), Config("encode133122_decode144122")));
        Assert.Equal("TinySora.Checkpoint.OtherSettings", error.Id);
        Assert.Contains($"model.network_variant: '{network}' in the file", error.Message, StringComparison.Ordinal);
        using var import = CheckpointImport.Open(folder.File("model.ckpt"), Config(network));
        Assert.Equal(4300, import.Step);
    }

    private static RunConfig Config(string variant) => new()
    {
        Family = new VideoAutoencoderConfig
        {
            Model = SmallNetworks.Config with { NetworkVariant = variant }, Clip = new() { Frames = 8, Height = 16 },
        },
    };

    /// <summary>Returns the weights without the counts that only TinySora keeps.</summary>
    private static Dictionary<string, object> StateDict(string variant)
    {
        using var model = SmallNetworks.Create(variant);
        return model.state_dict().Where(item => !item.Key.StartsWith("usage.", StringComparison.Ordinal))
            .ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value));
    }

    /// <summary>Writes a file as training programs do: a nested dictionary for each part of the prefix, and other entries next to the weights.</summary>
    private static Dictionary<string, object> Below(string prefix, Dictionary<string, object> weights)
    {
        var content = prefix.Split('.', StringSplitOptions.RemoveEmptyEntries).Reverse()
            .Aggregate(weights, (inner, name) => new Dictionary<string, object> { [name] = inner });
        if (prefix.Length > 0)
        {
            content["optimizer_states"] = new Dictionary<string, object> { ["exp_avg"] = PublishedFile.Stored(zeros(3)) };
        }

        return content;
    }
}
