using System.Globalization;
using System.Management.Automation;
using System.Text.Json.Nodes;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>From videos to a trained frame autoencoder, by commands.</summary>
[Collection(nameof(CmdletTests))]
public sealed class FrameTrainingTests : IDisposable
{
    /// <summary>A configuration of frames of 16 x 16 pixels that trains in a second, with pictures in ./frames.</summary>
    public const string Tiny = """
        family: frame-autoencoder
        training_data_dir: ./frames
        data:
          frame_height: 16
          frame_width: 16
        model:
          frame_channels: 3
          down_channels: [8, 16]
          mid_channels: [16]
          down_sample: [true]
          attn_down: [false]
          norm_channels: 4
          num_heads: 2
        trainer:
          train_batch_size: 4
          train_num_steps: 30
          train_lr: 0.005
          save_model_every: 30
          sample_every: 30
          num_sample_rows: 2
          ema_decay: 0
          update_ema_every: 1
          seed: 1

        """;

    private readonly Workspace workspace = new();

    public FrameTrainingTests()
    {
        workspace.Good("New-TinySoraDataset films -Count 4 -Frames 4 -ImageSize 16");
        workspace.Good("Export-TinySoraFrame films -OutputPath frames -Probability 1");
        workspace.Write("frames.yaml", Tiny);
    }

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Captured_frames_train_it_and_it_reconstructs_better_and_better()
    {
        var run = workspace.Good("Start-TinySoraTraining frames.yaml -Verbose");
        Assert.Equal((30, "Completed"), (Assert.Single(run.Values("Step")), Assert.Single(run.Values("StoppedBecause"))));
        Assert.Contains(run.Verbose, line => line.Contains("Found 16 pictures", StringComparison.Ordinal));
        var recon = Scalars("recon");
        Assert.Equal(30, recon.Count);
        Assert.True(recon[^5..].Average() < 0.7 * recon[..5].Average(), string.Join(' ', recon));
        Assert.Equal(30, Scalars("kl").Count);
        Assert.Equal(["sample-00000030.png"], workspace.Names("saved_models", "*.png"));
    }

    [Fact]
    public void Frames_of_videos_train_it_without_being_captured()
    {
        var run = workspace.Good("Start-TinySoraTraining frames.yaml -DataPath films -MaxSteps 2 -Verbose");
        Assert.Contains(run.Verbose, line => line.Contains("Found 16 frames of 4 videos", StringComparison.Ordinal));
    }

    [Fact]
    public void Both_losses_of_the_discriminator_appear_after_its_start()
    {
        workspace.Good("Start-TinySoraTraining frames.yaml -Set @{ 'loss.disc_weight' = 0.5; 'loss.disc_start' = 2 } -MaxSteps 5");
        Assert.Equal((5, 3, 3), (Scalars("recon").Count, Scalars("gan.g").Count, Scalars("gan.d").Count));
    }

    [Fact]
    public void Without_the_files_of_LPIPS_both_are_named_with_the_key_that_does_without()
    {
        var error = workspace.Bad(
            "Start-TinySoraTraining frames.yaml -Set @{ 'loss.perceptual_weight' = 1 }", "TinySora.Model.LpipsFilesMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains(workspace.At("model", "weights", "vgg16-397923af.pth"), error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(workspace.At("model", "weights", "v0.1", "vgg.pth"), error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("perceptual_weight: 0", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Good("Start-TinySoraTraining frames.yaml -Set @{ 'loss.perceptual_weight' = 0 } -MaxSteps 1");
    }

    /// <summary>What each step measured by a name, where it did.</summary>
    private List<double> Scalars(string name) =>
    [
        .. File.ReadLines(workspace.At("saved_models", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!["scalars"]?[name])
            .OfType<JsonNode>().Select(value => double.Parse(value.ToString(), CultureInfo.InvariantCulture)),
    ];
}
