using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Formats of weights that the original projects' scripts read. Each was tried with those scripts outside the repository.</summary>
public sealed class PublishedFormTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(CheckpointWeights.Training, "model.")]
    [InlineData(CheckpointWeights.Averaged, "ema.")]
    public void Published_state_dict_has_one_set_of_weights_and_nothing_else(CheckpointWeights weights, string prefix)
    {
        PublishedFile.Write(folder.File("model-2.pt"), PublishedFile.Checkpoint(4));
        var checkpoint = Import("model-2.pt", PublishedFile.Config);
        var target = CheckpointExport.TargetPath(checkpoint, ExportFormat.PyTorch, folder.File("flat"), PublishedForm.StateDict);
        Assert.Equal(folder.File("flat", "model-2.pt"), target);
        Export(checkpoint, target, PublishedForm.StateDict, weights);

        var expected = PublishedFile.Tensors(folder.File("model-2.pt")).Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(item => item.Key[prefix.Length..], item => item.Value);
        Assert.Equal(275, expected.Count);
        Assert.Equal(expected, PublishedFile.Tensors(target));
        using var file = PyTorchFile.Open(target);
        Assert.Empty(file.Metadata);
    }

    /// <summary>The tutorial loads its autoencoder strictly, so the discriminator needs its own file. Both files import again.</summary>
    [Fact]
    public void Autoencoder_and_discriminator_of_the_tutorial_go_to_separate_files()
    {
        var config = Small(Preset("latte-mnist-vae"));
        var own = config.Of<FrameAutoencoderConfig>().Family;
        using var model = new FrameModel(own.Model, own.Loss);
        var checkpoint = Import(Saved(model), config);
        var target = CheckpointExport.TargetPath(checkpoint, ExportFormat.PyTorch, folder.File("mmnist"), PublishedForm.StateDict);
        var files = CheckpointExport.Files(checkpoint, target, ExportFormat.PyTorch, PublishedForm.StateDict);
        Assert.Equal([folder.File("mmnist", "vae_autoencoder_ckpt.pth"), folder.File("mmnist", "vae_discriminator_ckpt.pth")], files);

        Export(checkpoint, target, PublishedForm.StateDict);
        Assert.Equal(NamesOf(model.Autoencoder), PublishedFile.Tensors(files[0]).Keys.Order(StringComparer.Ordinal));
        Assert.Equal(NamesOf(model.Discriminator!), PublishedFile.Tensors(files[1]).Keys.Order(StringComparer.Ordinal));
        using var again = CheckpointImport.Open(target, config);
        Assert.Empty(again.Warnings);
        Assert.Equal(PublishedFile.Tensors(checkpoint.Path), PublishedFile.Tensors(again.Save(folder.File("again")).Path));
    }

    /// <summary>Diffusers opens such a folder by its config.json, and so does the import.</summary>
    [Fact]
    public void Stable_Diffusions_autoencoder_exports_to_a_folder_that_imports_again()
    {
        var own = new FrameAutoencoderConfig
        {
            Data = new() { Height = 24, Width = 24 },
            Model = new() { Network = FrameModelConfig.AutoencoderKl, FrameChannels = 3, ZChannels = 2, DownChannels = [8, 16], NormChannels = 4, NumDownLayers = 2 },
        };
        var config = new RunConfig { Family = own };
        using var model = new FrameModel(own.Model, own.Loss);
        var checkpoint = Import(Saved(model), config);
        var target = CheckpointExport.TargetPath(checkpoint, ExportFormat.PyTorch, folder.File("kl"), PublishedForm.StateDict);
        var described = folder.File("kl", "config.json");
        Assert.Contains(described, CheckpointExport.Files(checkpoint, target, ExportFormat.PyTorch, PublishedForm.StateDict));
        Export(checkpoint, target, PublishedForm.StateDict);

        using var again = CheckpointImport.Open(folder.File("kl"), new RunConfig(), keepOwn: true);
        var found = again.Config.Of<FrameAutoencoderConfig>().Family;
        Assert.Equal((own.Data.Height, own.Data.Width), (found.Data.Height, found.Data.Width));
        Assert.Equal((3, 2, 4, 2), (found.Model.FrameChannels, found.Model.ZChannels, found.Model.NormChannels, found.Model.NumDownLayers));
        Assert.Equal([8, 16], found.Model.DownChannels);
        Assert.Equal(PublishedFile.Tensors(checkpoint.Path), PublishedFile.Tensors(again.Save(folder.File("again")).Path));

        // No configuration is written next to a file with a custom name.
        Assert.DoesNotContain(described, CheckpointExport.Files(checkpoint, folder.File("kl", "my.pt"), ExportFormat.PyTorch, PublishedForm.StateDict));
    }

    [Theory]
    [InlineData("minisora-vae", null)]
    [InlineData("minisora-vqvae", "3")]
    [InlineData("videogpt-vqvae", null)]
    public void Lightning_checkpoint_has_the_state_dict_and_the_arguments_of_the_class(string preset, string? reinitialized)
    {
        var config = Preset(preset);
        var own = config.Of<VideoAutoencoderConfig>().Family;
        own = own with
        {
            Model = own.Model with { EmbeddingDim = 4, NCodes = 8, NHiddens = 8, NResLayers = 1 },
            Loss = own.Loss with { ReinitEveryNEpochs = reinitialized is null ? null : int.Parse(reinitialized) },
        };
        config = config with { Family = own };
        using var model = own.Variant.Create(own.Model, own.Loss);
        var checkpoint = Import(Saved(model), config);
        var target = CheckpointExport.TargetPath(checkpoint, ExportFormat.PyTorch, folder.File("out"), PublishedForm.Lightning);
        Assert.Equal(folder.File("out", "model.ckpt"), target);
        Export(checkpoint, target, PublishedForm.Lightning);

        var published = ModelFamilies.Of(config).Published!;
        using (var file = PyTorchFile.Open(target))
        {
            Assert.Equal(NamesOf(model).Where(name => !published.IsOurs(name)).Select(name => $"state_dict.{name}"), file.Tensors.Keys.Order(StringComparer.Ordinal));
            var (metadata, trainer) = (file.Metadata, config.Trainer);
            Assert.Equal((own.Model.NetworkVariant, "4", "8", "8", "1"), (Argument("network_variant"), Argument("embedding_dim"), Argument("n_codes"),
                Argument("n_hiddens"), Argument("n_res_layers")));
            Assert.Equal((Text(own.Loss.CommitmentCost), Text(own.Loss.KlLossWeight), Text(own.Loss.LowUtilizationCost), Text(trainer.TrainLr)),
                (Argument("commitment_cost"), Argument("kl_loss_weight"), Argument("low_utilization_cost"), Argument("lr")));
            Assert.Equal((Text(own.Clip.Frames), Text(own.Clip.Height)), (Argument("sequence_length"), Argument("resolution")));
            Assert.Equal(reinitialized, metadata.GetValueOrDefault("hyper_parameters.args.reinit_every_n_epochs"));
            Assert.Equal("2.0.0", metadata["pytorch-lightning_version"]);

            string Argument(string name) => metadata[$"hyper_parameters.args.{name}"];
        }

        using var again = CheckpointImport.Open(target, config);
        Assert.Equal(PublishedFile.Tensors(checkpoint.Path), PublishedFile.Tensors(again.Save(folder.File("again")).Path));
    }

    [Fact]
    public void NanoGPT_checkpoint_has_the_arguments_of_the_model_and_its_training()
    {
        var own = new TokenModelConfig
        {
            Model = new() { Architecture = TokenModelKind.NanoGpt, NLayer = 1, NHead = 2, NEmbd = 8, BlockSize = 16, Codes = 5, Dropout = 0.25 },
        };
        var config = Preset("minisora-nanogpt") with { Family = own };
        using var model = new TextToTokens(TokenNetworks.Create(own.Model, 5, new(1, 2, 2)), null, null, 8);
        var checkpoint = Import(Saved(model), config);
        var target = CheckpointExport.TargetPath(checkpoint, ExportFormat.PyTorch, folder.File("out"), PublishedForm.NanoGpt);
        Assert.Equal(folder.File("out", "ckpt.pt"), target);
        Export(checkpoint, target, PublishedForm.NanoGpt);

        using (var file = PyTorchFile.Open(target))
        {
            Assert.Equal([6L, 8], file.Tensors["model.lm_head.weight"].Shape);
            Assert.DoesNotContain(file.Tensors.Keys, name => !name.StartsWith("model.", StringComparison.Ordinal));
            foreach (var part in new[] { "model_args", "config" })
            {
                Assert.Equal(("1", "2", "8", "16", "6", "0.25"), (Said(part, "n_layer"), Said(part, "n_head"), Said(part, "n_embd"), Said(part, "block_size"),
                    Said(part, "vocab_size"), Said(part, "dropout")));
            }

            Assert.Equal((Text(config.Trainer.TrainBatchSize), Text(config.Trainer.TrainLr)), (Said("config", "batch_size"), Said("config", "learning_rate")));
            Assert.DoesNotContain("model_args.batch_size", file.Metadata.Keys); // GPTConfig accepts no other arguments

            string Said(string part, string name) => file.Metadata[$"{part}.{name}"];
        }

        using var again = CheckpointImport.Open(target, config);
        Assert.Equal(PublishedFile.Tensors(checkpoint.Path), PublishedFile.Tensors(again.Save(folder.File("again")).Path));
    }

    [Fact]
    public void Format_of_another_family_is_refused_with_the_available_ones()
    {
        PublishedFile.Write(folder.File("model-2.pt"), PublishedFile.Checkpoint(4));
        var checkpoint = Import("model-2.pt", PublishedFile.Config);
        var error = Assert.Throws<TinySoraException>(() => CheckpointExport.TargetPath(checkpoint, ExportFormat.PyTorch, null, PublishedForm.Lightning));
        Assert.Equal("TinySora.Checkpoint.NoSuchForm", error.Id);
        Assert.Contains("Checkpoint, StateDict", error.Message, StringComparison.Ordinal);
    }

    private static RunConfig Preset(string name) => ConfigFile.Parse(Presets.Text(name), name);

    private static RunConfig Small(RunConfig config)
    {
        var own = config.Of<FrameAutoencoderConfig>().Family;
        return config with { Family = own with { Model = own.Model with { DownChannels = [8, 8, 8], MidChannels = [8], NormChannels = 4 } } };
    }

    private static string Text(IFormattable number) => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<string> NamesOf(nn.Module model) => TiedWeights.State(model).Keys.Order(StringComparer.Ordinal);

    private static void Export(CheckpointInfo checkpoint, string target, PublishedForm form, CheckpointWeights weights = CheckpointWeights.Averaged)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        CheckpointExport.Write(checkpoint.Path, target, ExportFormat.PyTorch, weights, form: form);
    }

    private CheckpointInfo Import(string name, RunConfig config)
    {
        using var import = CheckpointImport.Open(folder.File(name), config);
        return import.Save(folder.File("results"));
    }

    private string Saved(nn.Module model)
    {
        using var scope = NewDisposeScope();
        PublishedFile.Write(folder.File("weights.pt"), TiedWeights.State(model).ToDictionary(item => item.Key, item => (object)PublishedFile.Stored(item.Value)));
        return "weights.pt";
    }
}
