using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

/// <summary>Folders as diffusers writes them, with weights made for the tests, because published files are not available here.</summary>
public sealed class DiffusersFolderTests : IDisposable
{
    private const string Config = """
        {
          "_class_name": "AutoencoderKL",
          "_diffusers_version": "0.18.0",
          "act_fn": "silu",
          "block_out_channels": [
            8,
            16
          ],
          "down_block_types": [
            "DownEncoderBlock2D",
            "DownEncoderBlock2D"
          ],
          "force_upcast": true,
          "in_channels": 3,
          "latent_channels": 2,
          "layers_per_block": 1,
          "norm_num_groups": 4,
          "out_channels": 3,
          "sample_size": 16,
          "scaling_factor": 0.18215,
          "up_block_types": [
            "UpDecoderBlock2D",
            "UpDecoderBlock2D"
          ]
        }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("safetensors", false)]
    [InlineData("bin", false)]
    [InlineData("bin", true)]
    public void Folder_with_either_naming_of_attention_imports_and_encodes_the_same(string extension, bool isOld)
    {
        using var scope = NewDisposeScope();
        using var network = FrameTesting.Filled(new AutoencoderKl(AutoencoderKlTests.Tiny));
        var weights = network.state_dict();
        Write($"vae/diffusion_pytorch_model.{extension}", !isOld ? weights : weights.ToDictionary(
            item => OldName(item.Key), item => item.Value.shape.Length == 2 ? item.Value.unsqueeze(2).unsqueeze(3) : item.Value));
        Write("vae/config.json", Config);

        using (var import = CheckpointImport.Open(folder.Path, new RunConfig(), keepOwn: true))
        {
            Assert.Empty(import.Warnings);
            var own = import.Config.Of<FrameAutoencoderConfig>().Family;
            Assert.Equal((FrameModelConfig.AutoencoderKl, 3, 2), (own.Model.Network, own.Model.FrameChannels, own.Model.ZChannels));
            Assert.Equal((4, 1), (own.Model.NormChannels, own.Model.NumDownLayers));
            Assert.Equal([8, 16], own.Model.DownChannels);
            Assert.Equal((16, 16), (own.Data.Height, own.Data.Width));
            import.Save(folder.File("run"));
        }

        using var model = CodecModel.Open(folder.File("run"), "cpu");
        var clips = rand([2, 3, 3, 16, 24]);
        var expected = new Posterior(network.Encode(FrameCodec.ToNetwork(clips))).Mean.permute(0, 4, 1, 2, 3);
        Assert.True(model.Encode(clips).allclose(expected, 1e-4, 1e-5));

        // The export uses today's names and contains nothing else.
        CheckpointExport.Write(CheckpointStore.Latest(folder.File("run")).Path, folder.File("again.safetensors"), ExportFormat.Safetensors);
        using var again = SafetensorsFile.Open(folder.File("again.safetensors"));
        Assert.Equal(network.state_dict().Keys.Order(StringComparer.Ordinal), again.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(network.state_dict(), item => Assert.True(again.Tensors[item.Key].Read().allclose(item.Value, 0, 0), item.Key));
        using var back = CheckpointImport.Open(folder.File("again.safetensors"), new RunConfig(), keepOwn: true);
        Assert.Equal(2, back.Config.Of<FrameAutoencoderConfig>().Family.Model.ZChannels);
    }

    [Fact]
    public void Missing_file_of_the_folder_is_named()
    {
        Write("vae/config.json", Config);
        Assert.Contains("diffusion_pytorch_model.safetensors or diffusion_pytorch_model.bin", Refused("FileOfFolderMissing"), StringComparison.Ordinal);
        File.Move(folder.File("vae", "config.json"), folder.File("vae", "diffusion_pytorch_model.bin"));
        Assert.Contains("config.json is missing", Refused("FileOfFolderMissing"), StringComparison.Ordinal);
        Directory.Delete(folder.File("vae"), recursive: true);
        Assert.Contains("config.json", Refused("NoMilestone"), StringComparison.Ordinal);
        Write("config.json", """{ "architectures": ["BertModel"] }""");
        Assert.Contains("config.json", Refused("NoMilestone"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AutoencoderKL", "AutoencoderTiny", "_class_name is AutoencoderTiny")]
    [InlineData("_class_name", "name", "no _class_name")]
    [InlineData("\"silu\"", "\"relu\"", "act_fn is relu")]
    [InlineData("\"UpDecoderBlock2D\"", "\"AttnUpDecoderBlock2D\"", "up_block_types is AttnUpDecoderBlock2D")]
    [InlineData("\"force_upcast\": true", "\"use_quant_conv\": false", "use_quant_conv is False")]
    [InlineData("\"out_channels\": 3", "\"out_channels\": 4", "out_channels is 4 instead of 3")]
    [InlineData("latent_channels", "latents", "no latent_channels")]
    [InlineData("\"layers_per_block\": 1", "\"layers_per_block\": 0", "model.num_down_layers")]
    [InlineData("\"block_out_channels\": [", "\"block_out_channels\": [12, ", "OtherModel")]
    [InlineData("\"sample_size\": 16", "\"sample_size\": 1.5", "config.json")]
    [InlineData("{", "[", "config.json")]
    public void Unsupported_setting_of_the_configuration_is_named(string published, string other, string named)
    {
        using var network = new AutoencoderKl(AutoencoderKlTests.Tiny);
        Write("diffusion_pytorch_model.safetensors", network.state_dict());
        Write("config.json", Config.Replace(published, other, StringComparison.Ordinal));
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.Path, new RunConfig(), keepOwn: true));
        Assert.Contains(named, $"{error.Id} {error.Message}", StringComparison.Ordinal);
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_group_count_defaults_to_32_and_missing_size_to_256()
    {
        var wide = AutoencoderKlTests.Tiny with { DownChannels = [32, 32], NormChannels = 32 };
        using var network = new AutoencoderKl(wide);
        Write("diffusion_pytorch_model.safetensors", network.state_dict());
        Write("config.json", Config.Replace("\"norm_num_groups\": 4,", "", StringComparison.Ordinal)
            .Replace("\"sample_size\": 16,", "", StringComparison.Ordinal).Replace("    8,\n    16", "    32,\n    32", StringComparison.Ordinal));
        using var import = CheckpointImport.Open(folder.Path, new RunConfig(), keepOwn: true);
        var own = import.Config.Of<FrameAutoencoderConfig>().Family;
        Assert.Equal((32, 256, 256), (own.Model.NormChannels, own.Data.Height, own.Data.Width));
    }

    [Fact]
    public void Weight_under_both_names_of_attention_is_refused()
    {
        using var network = new AutoencoderKl(AutoencoderKlTests.Tiny);
        var weights = network.state_dict();
        weights["encoder.mid_block.attentions.0.query.bias"] = weights["encoder.mid_block.attentions.0.to_q.bias"];
        Write("diffusion_pytorch_model.bin", weights);
        Write("config.json", Config);
        Assert.Contains("attentions.0.", Refused("Damaged"), StringComparison.Ordinal);
    }

    private static string OldName(string name) => name.Replace(".to_q.", ".query.", StringComparison.Ordinal)
        .Replace(".to_k.", ".key.", StringComparison.Ordinal).Replace(".to_v.", ".value.", StringComparison.Ordinal)
        .Replace(".to_out.0.", ".proj_attn.", StringComparison.Ordinal);

    private string Refused(string id)
    {
        var error = Assert.Throws<TinySoraException>(() => CheckpointImport.Open(folder.Path, new RunConfig(), keepOwn: true));
        Assert.Equal($"TinySora.Checkpoint.{id}", error.Id);
        return error.Message;
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllText(folder.File(name), text);
    }

    private void Write(string name, Dictionary<string, Tensor> weights)
    {
        Write(name, "");
        if (name.EndsWith(".bin", StringComparison.Ordinal))
        {
            PyTorchFile.Write(folder.File(name), weights.ToDictionary(
                item => item.Key, item => (object)new StoredTensor(item.Value.dtype, item.Value.shape, item.Value.clone)));
        }
        else
        {
            SafetensorsFile.Write(
                folder.File(name), new Dictionary<string, string> { ["format"] = "pt" }, weights.Select(item => (item.Key, item.Value.clone())));
        }
    }
}
