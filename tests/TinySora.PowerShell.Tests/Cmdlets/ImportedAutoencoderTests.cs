using System.Buffers.Binary;
using System.Management.Automation;
using System.Text;
using System.Text.Json;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands that turn a diffusers folder into an autoencoder for clips.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ImportedAutoencoderTests : IDisposable
{
    private const string Config = """
        {
          "_class_name": "AutoencoderKL",
          "act_fn": "silu",
          "block_out_channels": [
            8,
            16
          ],
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
          "in_channels": 3,
          "latent_channels": 2,
          "layers_per_block": 1,
          "norm_num_groups": 4,
          "out_channels": 3,
          "sample_size": 16,
          "scaling_factor": 0.18215,
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]
        }
        """;

    private readonly Workspace workspace = new();

    public ImportedAutoencoderTests()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 4 -ImageSize 16");
        WriteFolder(workspace, "sd/vae");
    }

    public void Dispose() => workspace.Dispose();

    /// <summary>Writes a tiny AutoencoderKL.</summary>
    internal static void WriteFolder(Workspace workspace, string name)
    {
        workspace.Write($"{name}/config.json", Config);
        WriteSafetensors(workspace.At(name, "diffusion_pytorch_model.safetensors"), [.. Weights()]);
    }

    [Fact]
    public void Folder_of_a_pipeline_is_imported_and_measures_and_encodes_clips()
    {
        var imported = workspace.Good("Import-TinySoraCheckpoint sd vae");
        Assert.Equal([0], imported.Values("Step"));
        Assert.Empty(imported.Warnings);
        var scores = workspace.Good("Measure-TinySoraReconstruction vae films -OutputPath shown");
        Assert.All(scores.Values("Psnr"), psnr => Assert.InRange((double)psnr!, 1, 60));
        Assert.Equal(["00000.gif", "00001.gif"], workspace.Names("shown"));
        Assert.Equal(["(2, 2, 4, 8, 8)"], workspace.Good("Export-TinySoraLatent vae films out -Frames 4").Values("Shape"));
        Assert.Equal([4, 4], workspace.Good("ConvertFrom-TinySoraLatent out/*.npy vae -OutputPath decoded").Values("Frames"));
    }

    [Fact]
    public void Command_of_minisora_trains_a_transformer_on_its_latents_and_generates_videos()
    {
        workspace.Good("Import-TinySoraCheckpoint sd vae");
        workspace.Good("Start-TinySoraTraining minisora-latte-sd films run -MaxSteps 40 -Set @{ 'latents.codec' = 'vae'; 'clip.height' = 16; 'clip.frames' = 2; "
            + "'clip.source_frames' = 4; 'model.hidden_size' = 32; 'model.num_heads' = 2; 'diffusion.timesteps' = 20; 'trainer.sample_every' = 0; "
            + "'trainer.train_lr' = 0.003; 'trainer.seed' = 1 }");
        var losses = File.ReadLines(workspace.At("run", "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble()).ToList();
        Assert.Equal(40, losses.Count);
        Assert.True(losses.TakeLast(10).Average() < 0.95 * losses.Take(10).Average(), string.Join(", ", losses));
        var video = workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Steps 4 -Frames 4 -Width 32");
        Assert.Equal([4], video.Values("Frames"));
        Assert.Equal([32], video.Values("Width"));
    }

    [Fact]
    public void Exported_autoencoder_has_the_published_names_and_imports_again()
    {
        workspace.Good("Import-TinySoraCheckpoint sd/vae vae");
        workspace.Good("Export-TinySoraCheckpoint vae -Format Safetensors -OutputPath again/vae/diffusion_pytorch_model.safetensors");
        var published = ReadNames(workspace.At("sd", "vae", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(124, published.Count);
        Assert.Equal(published, ReadNames(workspace.At("again", "vae", "diffusion_pytorch_model.safetensors")));

        // The exported folder has diffusers' layout and thus contains its own configuration.
        workspace.Write("again/vae/config.json", Config);
        workspace.Good("Import-TinySoraCheckpoint again twice");
        workspace.Good("Import-TinySoraCheckpoint again/vae/diffusion_pytorch_model.safetensors thrice");
        var psnr = new[] { "vae", "twice", "thrice" }.Select(name =>
            Assert.Single(workspace.Good($"Measure-TinySoraReconstruction {name} films -Summary").Values("Psnr"))).ToList();
        Assert.Single(psnr.Distinct());
    }

    [Fact]
    public void Missing_or_unsuitable_autoencoder_is_named()
    {
        File.Delete(workspace.At("sd", "vae", "config.json"));
        var error = workspace.Bad("Import-TinySoraCheckpoint sd no", "TinySora.Checkpoint.FileOfFolderMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains("config.json", error.Exception.Message, StringComparison.Ordinal);
        workspace.Write("sd/vae/config.json", Config.Replace("AutoencoderKL", "VQModel", StringComparison.Ordinal));
        error = workspace.Bad("Import-TinySoraCheckpoint sd no", "TinySora.Checkpoint.OtherAutoencoder", ErrorCategory.InvalidData);
        Assert.Contains("VQModel", error.Exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("no")));
    }

    /// <summary>Names and shapes of an AutoencoderKL with two levels, 8 and 16 channels wide, according to its paper and file.</summary>
    private static IEnumerable<(string Name, int[] Shape)> Weights() =>
    [
        .. Layer("encoder.conv_in", 8, 3, 3, 3), .. ResNet("encoder.down_blocks.0.resnets.0", 8, 8),
        .. Layer("encoder.down_blocks.0.downsamplers.0.conv", 8, 8, 3, 3), .. ResNet("encoder.down_blocks.1.resnets.0", 8, 16),
        .. Middle("encoder.mid_block"), .. Layer("encoder.conv_norm_out", 16), .. Layer("encoder.conv_out", 4, 16, 3, 3),
        .. Layer("quant_conv", 4, 4, 1, 1), .. Layer("post_quant_conv", 2, 2, 1, 1),
        .. Layer("decoder.conv_in", 16, 2, 3, 3), .. Middle("decoder.mid_block"),
        .. ResNet("decoder.up_blocks.0.resnets.0", 16, 16), .. ResNet("decoder.up_blocks.0.resnets.1", 16, 16),
        .. Layer("decoder.up_blocks.0.upsamplers.0.conv", 16, 16, 3, 3),
        .. ResNet("decoder.up_blocks.1.resnets.0", 16, 8), .. ResNet("decoder.up_blocks.1.resnets.1", 8, 8),
        .. Layer("decoder.conv_norm_out", 8), .. Layer("decoder.conv_out", 3, 8, 3, 3),
    ];

    private static IEnumerable<(string Name, int[] Shape)> Middle(string name) =>
    [
        .. ResNet($"{name}.resnets.0", 16, 16), .. ResNet($"{name}.resnets.1", 16, 16), .. Layer($"{name}.attentions.0.group_norm", 16),
        .. new[] { "to_q", "to_k", "to_v", "to_out.0" }.SelectMany(part => Layer($"{name}.attentions.0.{part}", 16, 16)),
    ];

    private static IEnumerable<(string Name, int[] Shape)> ResNet(string name, int inputs, int outputs) =>
    [
        .. Layer($"{name}.norm1", inputs), .. Layer($"{name}.conv1", outputs, inputs, 3, 3),
        .. Layer($"{name}.norm2", outputs), .. Layer($"{name}.conv2", outputs, outputs, 3, 3),
        .. inputs == outputs ? [] : Layer($"{name}.conv_shortcut", outputs, inputs, 1, 1),
    ];

    private static IEnumerable<(string Name, int[] Shape)> Layer(string name, params int[] shape) => [($"{name}.weight", shape), ($"{name}.bias", shape[..1])];

    /// <summary>Writes small values under the names. The format is a length, a JSON header, and the values in order.</summary>
    private static void WriteSafetensors(string path, List<(string Name, int[] Shape)> weights)
    {
        var random = new Random(1);
        var header = new Dictionary<string, object> { ["__metadata__"] = new { format = "pt" } };
        using var numbers = new MemoryStream();
        foreach (var (name, shape) in weights)
        {
            var begin = numbers.Length;
            for (var i = shape.Aggregate(1, (a, b) => a * b); i > 0; i--)
            {
                numbers.Write(BitConverter.GetBytes((random.NextSingle() - 0.5f) / 4));
            }

            header.Add(name, new { dtype = "F32", shape, data_offsets = new[] { begin, numbers.Length } });
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        numbers.WriteTo(file);
    }

    private static List<string> ReadNames(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var header = Encoding.UTF8.GetString(bytes, 8, (int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        using var document = JsonDocument.Parse(header);
        return [.. document.RootElement.EnumerateObject().Select(item => item.Name).Where(name => name != "__metadata__").Order(StringComparer.Ordinal)];
    }
}
