using System.Management.Automation;
using System.Text.Json;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands for video autoencoders: from clips to a checkpoint whose reconstructions are better than the first ones.</summary>
[Collection(nameof(CmdletTests))]
public sealed class VideoAutoencoderTests : IDisposable
{
    /// <summary>For clips of 4 frames of 16 x 16 pixels; {0}: the variant.</summary>
    public const string Config = """
        family: video-autoencoder
        training_data_dir: ./clips
        model:
          network_variant: {0}
          embedding_dim: 4
          n_codes: 32
          n_hiddens: 16
          n_res_layers: 1
          downsample: [2, 4, 4]
        clip:
          frames: 4
          height: 16
        trainer:
          train_batch_size: 2
          train_num_steps: 10 epochs
          train_lr: 0.003
          ema_decay: 0
          step_start_ema: 0
          update_ema_every: 1
          save_model_every: 10 epochs
          validate_every: 2 epochs
          sample_every: 10 epochs
          best_by: val.recon
          seed: 1
        """;

    private readonly Workspace workspace = new();

    public VideoAutoencoderTests()
    {
        workspace.Good("New-TinySoraDataset clips/train -Count 8 -ImageSize 16 -Frames 4");
        workspace.Good("New-TinySoraDataset clips/val -Count 4 -ImageSize 16 -Frames 4 -Seed 2");
    }

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData("vae_spatial4x_a", "kl")]
    [InlineData("s4t4_b_vq", "commitment,codebook.usage,codebook.perplexity,val.usage,val.perplexity")]
    [InlineData("videogpt", "commitment,codebook.usage,codebook.perplexity,val.usage,val.perplexity")]
    [InlineData("causal_s8t4", "commitment,codebook.usage,codebook.perplexity,val.usage,val.perplexity")]
    [InlineData("s1x4x4_fsq", "codebook.usage,codebook.perplexity,val.usage,val.perplexity")]
    public void Training_lowers_the_reconstruction_loss_keeps_the_best_and_draws_reconstructions(string variant, string scalars)
    {
        workspace.Write("auto.yaml", Config.Replace("{0}", variant, StringComparison.Ordinal));
        var run = workspace.Good("Start-TinySoraTraining auto.yaml");
        Assert.Equal(40, Assert.Single(run.Values("Step")));

        var steps = File.ReadLines(workspace.At("saved_models", "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var validated = steps.Select(step => step.GetProperty("scalars")).Where(named => named.TryGetProperty("val.recon", out _)).ToList();
        Assert.Equal(5, validated.Count);
        var recon = validated.Select(named => named.GetProperty("val.recon").GetDouble()).ToList();
        Assert.True(recon[^1] < 0.8 * recon[0], $"{string.Join(", ", recon)}");
        Assert.All([.. scalars.Split(','), "recon", "val.psnr"], name => Assert.True(validated[^1].TryGetProperty(name, out _), name));

        // One for each of up to four validation clips, from top to bottom: the clip, its reconstruction, and their difference.
        var drawn = workspace.Good("Get-TinySoraDataset saved_models").Values("Sizes");
        Assert.Single(workspace.Names("saved_models", "sample-*.gif"));
        Assert.Equal($"{4 * (16 + 4)}x{3 * (16 + 4)}: 1", Assert.Single(((System.Collections.IEnumerable)Assert.Single(drawn)!).Cast<object>()).ToString());
        var checkpoints = workspace.Good("Get-TinySoraCheckpoint saved_models");
        var best = checkpoints.Values("Step")[checkpoints.Values("IsBest").ToList().IndexOf(true)];
        Assert.Equal(8 * (recon.IndexOf(recon.Min()) + 1), best);
    }

    [Fact]
    public void Weights_are_exported_and_imported_under_published_names_and_trained_further()
    {
        workspace.Write("auto.yaml", Config.Replace("{0}", "videogpt", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining auto.yaml -MaxSteps 8 | Export-TinySoraCheckpoint -OutputPath vqvae.pt");
        Assert.Equal(8, Assert.Single(workspace.Good("Import-TinySoraCheckpoint vqvae.pt imported -Config auto.yaml").Values("Step")));
        Assert.Equal(9, Assert.Single(workspace.Good("Start-TinySoraTraining auto.yaml -ResultsPath imported -MaxSteps 9").Values("Step")));
        workspace.Write("other.yaml", Config.Replace("{0}", "s4t4_b_vq", StringComparison.Ordinal));
        workspace.Bad("Import-TinySoraCheckpoint vqvae.pt refused -Config other.yaml", "TinySora.Checkpoint.OtherModel", ErrorCategory.InvalidData);
    }
}
