using System.Text.Encodings.Web;
using System.Text.Json;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The bundled autoencoders, in a folder without trained models.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ShippedAutoencoderTests : IDisposable
{
    private static readonly string Model = Path.Combine(Workspace.ModuleFolder, "models", "clips-vae.safetensors");

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData("clips-vae", 5_000_000)]
    [InlineData("clips-fsq", 5 << 20)]
    public void Autoencoder_is_small_and_describes_its_training_and_quality(string name, int most)
    {
        Assert.InRange(new FileInfo(Path.Combine(Path.GetDirectoryName(Model)!, $"{name}.safetensors")).Length, 1_000_000, most);
        var note = Assert.IsType<string>(Assert.Single(workspace.Good($"Get-TinySoraCheckpoint {name}").Values("Note")));
        Assert.StartsWith(name, note, StringComparison.Ordinal);
        Assert.Contains("examples/train-clips-vae.ps1", note, StringComparison.Ordinal);
    }

    /// <summary>Uses clips outside the training data. The threshold is one decibel below the documented value.</summary>
    [Theory]
    [InlineData("clips-vae", "-Kind Shapes -IncludeHeldOut", 39)]
    [InlineData("clips-vae", "-Kind MovingMnist -ImageSize 32 -Frames 5", 39)]
    [InlineData("clips-fsq", "-Kind Shapes -IncludeHeldOut", 32)]
    [InlineData("clips-fsq", "-Kind MovingMnist -ImageSize 32 -Frames 5", 30)]
    public void Autoencoder_preserves_the_content_of_synthetic_clips(string name, string world, double decibels)
    {
        workspace.Good($"New-TinySoraDataset clips {world} -Count 12 -Seed 5000000");
        var psnr = Assert.IsType<double>(Assert.Single(workspace.Good($"Measure-TinySoraReconstruction {name} clips -Summary").Values("Psnr")));
        Assert.InRange(psnr, decibels, 60);
    }

    [Fact]
    public void Latent_model_needs_no_autoencoder_file_and_finds_the_bundled_one_from_anywhere()
    {
        workspace.Good("New-TinySoraDataset clips -Count 4");
        workspace.Write("dit.yaml", """
            family: latent-transformer
            training_data_dir: ./clips
            model: { architecture: dit, depth: 1, hidden_size: 32, num_heads: 2, patch_size: 2 }
            clip: { frames: 5, height: 32 }
            latents: { codec: clips-vae }
            diffusion: { timesteps: 50, sampler: ddim, sampling_steps: 2 }
            trainer: { train_batch_size: 2, train_num_steps: 2, seed: 1, results_folder: ./run }
            """);
        workspace.Good("Start-TinySoraTraining dit.yaml");
        Assert.Equal([Model], workspace.Good("Get-TinySoraConfig run/config.yaml -Key latents.codec").Values("Value"));
        var hash = Assert.Single(workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Seed 1 -OutputPath here").Values("ModelHash"));

        // As on another computer with the module in another folder.
        var checkpoint = workspace.At("run", workspace.Names("run", "step-*.safetensors")[^1]);
        var bytes = File.ReadAllBytes(checkpoint);
        var here = Quoted(Quoted(Path.GetDirectoryName(Model)!).Value).EncodedUtf8Bytes; // in YAML, in JSON
        var there = System.Text.Encoding.UTF8.GetBytes(new string('x', here.Length - 1).Insert(0, "/"));
        var at = bytes.AsSpan().IndexOf(here);
        Assert.True(at > 0);
        there.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(workspace.At("elsewhere.safetensors"), bytes);
        var again = workspace.Good("Invoke-TinySoraGenerate -Checkpoint elsewhere.safetensors -Seed 1 -OutputPath there");
        Assert.Equal([hash], again.Values("ModelHash"));
        Assert.Equal([5], again.Values("Frames"));

        // The resumed run finds it with its own configuration, too, as after an update of the module.
        var config = workspace.At("run", "config.yaml");
        var moved = File.ReadAllText(config).Replace(Quoted(Model).Value, "/nowhere/models/clips-vae.safetensors", StringComparison.Ordinal);
        Assert.Contains("\"/nowhere/models/clips-vae.safetensors\"", moved, StringComparison.Ordinal);
        File.WriteAllText(config, moved);
        Assert.Equal([3], workspace.Good("Start-TinySoraTraining run/config.yaml -MaxSteps 3").Values("Step"));

        static JsonEncodedText Quoted(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
    }

    [Fact]
    public void Token_model_needs_no_autoencoder_file()
    {
        workspace.Good("New-TinySoraDataset clips -Count 4");
        workspace.Write("gpt.yaml", """
            family: token-model
            training_data_dir: ./clips
            model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 16, block_size: 80 }
            clip: { frames: 5, height: 32 }
            tokens: { codec: clips-fsq }
            trainer: { train_batch_size: 2, train_num_steps: 2, seed: 1, results_folder: ./run }
            """);
        workspace.Good("Start-TinySoraTraining gpt.yaml");
        Assert.Equal([5], workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Seed 1").Values("Frames"));
    }

    [Fact]
    public void Own_folder_with_the_same_name_takes_precedence()
    {
        workspace.Good("New-TinySoraDataset clips -Count 4");
        workspace.Write("own.yaml", """
            family: video-autoencoder
            training_data_dir: ./clips
            model: { network_variant: s1x4x4_kl, embedding_dim: 2, n_hiddens: 8, n_res_layers: 1 }
            clip: { frames: 5, height: 32 }
            trainer: { train_batch_size: 2, train_num_steps: 1, seed: 1, results_folder: ./clips-vae }
            """);
        workspace.Good("Start-TinySoraTraining own.yaml");
        Assert.Equal([workspace.At("clips-vae", "step-00000001.safetensors")], workspace.Good("Get-TinySoraCheckpoint clips-vae").Values("Path"));
    }
}
