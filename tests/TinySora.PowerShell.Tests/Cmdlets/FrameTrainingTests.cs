using System.Globalization;
using System.Management.Automation;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands from videos to a trained frame autoencoder.</summary>
[Collection(nameof(CmdletTests))]
public sealed class FrameTrainingTests : IDisposable
{
    /// <summary>A configuration for frames of 16 x 16 pixels that trains in a second, with pictures in ./frames.</summary>
    public const string Tiny = """
        family: frame-autoencoder
        training_data_dir: ./frames
        data:
          height: 16
          width: 16
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

    /// <summary>Only in the folder of the run; elsewhere such a key is an error.</summary>
    [Fact]
    public void Configuration_with_obsolete_keys_left_by_an_earlier_version_resumes()
    {
        workspace.Good("Start-TinySoraTraining frames.yaml -MaxSteps 1");
        var stored = File.ReadAllText(workspace.At("saved_models", "config.yaml"))
            .Replace("trainer:", "trainer:\n  horizontal_flip: false\n  cond_drop_prob: 0.1", StringComparison.Ordinal);
        workspace.Write(Path.Combine("saved_models", "config.yaml"), stored);
        workspace.Write("mine.yaml", stored);
        var run = workspace.Good("Start-TinySoraTraining saved_models/config.yaml -MaxSteps 2 -Set @{ 'trainer.keep_checkpoints' = 5 }");
        Assert.Equal(2, Assert.Single(run.Values("Step")));
        workspace.Bad("Start-TinySoraTraining mine.yaml -MaxSteps 3", "TinySora.Config.UnknownKey", ErrorCategory.InvalidArgument);
    }

    /// <summary>Applies even if sample pictures are disabled.</summary>
    [Fact]
    public void Requested_picture_is_drawn()
    {
        var run = workspace.Run("""
            $job = Start-TinySoraTraining frames.yaml -AsJob -Set @{ 'trainer.train_num_steps' = 1000000; 'trainer.sample_every' = 0; 'trainer.save_model_every' = 1000000 }
            while (-not ((Get-TinySoraRun -ErrorAction Ignore).Step -gt 1) -and $job.State -eq 'Running') { Start-Sleep -Milliseconds 50 }
            Show-TinySoraRun
            $job | Stop-Job -PassThru | Remove-Job -Force
            """);
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.True(File.Exists((string)Assert.Single(run.Values("Path"))!));
    }

    [Fact]
    public void Training_on_captured_frames_improves_reconstructions()
    {
        var run = workspace.Good("Start-TinySoraTraining frames.yaml -Verbose");
        Assert.Equal((30, "Completed"), (Assert.Single(run.Values("Step")), Assert.Single(run.Values("StoppedBecause"))));
        Assert.Contains(run.Information, line => $"{line}".Contains("Found 16 images", StringComparison.Ordinal));
        var recon = Scalars("recon");
        Assert.Equal(30, recon.Count);
        Assert.True(recon[^5..].Average() < 0.7 * recon[..5].Average(), string.Join(' ', recon));
        Assert.Equal(30, Scalars("kl").Count);
        Assert.Equal(["sample-00000030.png"], workspace.Names("saved_models", "*.png"));
    }

    [Fact]
    public void Training_reads_frames_of_videos_directly()
    {
        var run = workspace.Good("Start-TinySoraTraining frames.yaml -DataPath films -MaxSteps 2 -Verbose");
        Assert.Contains(run.Information, line => $"{line}".Contains("Found 16 frames of 4 videos", StringComparison.Ordinal));
    }

    [Fact]
    public void Both_losses_of_the_discriminator_appear_after_its_start()
    {
        var run = workspace.Good("Start-TinySoraTraining frames.yaml -Set @{ 'loss.disc_weight' = 0.5; 'loss.disc_start' = 2 } -MaxSteps 5 -Verbose");
        Assert.Equal((5, 3, 3), (Scalars("recon").Count, Scalars("gan.g").Count, Scalars("gan.d").Count));
        const string Parts = @": loss \d+\.\d{4} \(recon [\d.]+, kl [\d.]+, gan\.g [\d.]+, gan\.d [\d.]+\)\.$";
        Assert.Contains(run.Verbose, line => Regex.IsMatch(line, "^Step 5" + Parts));
        Assert.Matches("^Step 5 of 5" + Parts, $"{run.Information[^1]}");
    }

    [Fact]
    public void Missing_LPIPS_files_are_both_named_with_the_key_that_disables_LPIPS()
    {
        var error = workspace.Bad(
            "Start-TinySoraTraining frames.yaml -Set @{ 'loss.perceptual_weight' = 1 }", "TinySora.Model.LpipsFilesMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains(workspace.At("model", "weights", "vgg16-397923af.pth"), error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(workspace.At("model", "weights", "v0.1", "vgg.pth"), error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("perceptual_weight to 0", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Good("Start-TinySoraTraining frames.yaml -Set @{ 'loss.perceptual_weight' = 0 } -MaxSteps 1");
    }

    [Fact]
    public void Published_file_trains_the_selected_part_then_the_other_and_decodes_videos()
    {
        workspace.Write("mnist.yaml", SmallTutorial(("codebook_size: 20", "color: red"), ("video_filter_path: null", "video_filter_path: 'filter.txt'")));
        var missing = workspace.Bad("Start-TinySoraTraining mnist.yaml -Part autoencoder", "TinySora.Data.FramesMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains("Export-TinySoraFrame", missing.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Good("Export-TinySoraFrame films -OutputPath mmnist/images -Probability 1");

        var error = workspace.Bad("Start-TinySoraTraining mnist.yaml", "TinySora.Config.WhichPart", ErrorCategory.InvalidArgument);
        Assert.Contains("autoencoder, transformer", error.Exception.Message, StringComparison.Ordinal);
        workspace.Bad("Start-TinySoraTraining mnist.yaml -Part transformer", "TinySora.Checkpoint.NoneInFolder", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining mnist.yaml -Part vae", "TinySora.Config.NoSuchPart", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining frames.yaml -Part autoencoder", "TinySora.Config.NoSuchPart", ErrorCategory.InvalidArgument);

        // A measurement before training also accepts a part of the file.
        foreach (var trial in (string[])["Measure-TinySoraModel {0} -Steps 1", "Find-TinySoraLearningRate {0} -Steps 10", "Test-TinySoraResume {0} -Steps 2"])
        {
            workspace.Bad(trial.Replace("{0}", "mnist.yaml", StringComparison.Ordinal), "TinySora.Config.WhichPart", ErrorCategory.InvalidArgument);
            workspace.Bad(trial.Replace("{0}", "mnist.yaml -Part vae", StringComparison.Ordinal), "TinySora.Config.NoSuchPart", ErrorCategory.InvalidArgument);
            Assert.Single(workspace.Good(trial.Replace("{0}", "mnist.yaml -Part autoencoder", StringComparison.Ordinal)).Objects);
        }

        Assert.Equal([true], workspace.Good("Test-TinySoraResume mnist.yaml -Steps 2 -Part autoencoder").Values("Equal"));

        var run = workspace.Good("Start-TinySoraTraining mnist.yaml -Part autoencoder");
        Assert.Contains("autoencoder_params.color", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal((4, workspace.At("mmnist")), (Assert.Single(run.Values("Step")), Assert.Single(run.Values("ResultsPath"))));
        Assert.Empty(workspace.Names("mmnist", "*.png"));
        string[] pictures = ["current_autoencoder_sample_0.png", "current_autoencoder_sample_1.png", "current_autoencoder_sample_2.png"];
        Assert.Equal(pictures, workspace.Names(Path.Combine("mmnist", "vae_autoencoder_samples"), "*"));
        Assert.Equal(["vae_autoencoder_ckpt.pth", "vae_discriminator_ckpt.pth"], workspace.Names("mmnist", "*.pth"));
        Assert.Single(Scalars("gan.d", "mmnist"));
        Assert.Equal("AlreadyComplete", Assert.Single(workspace.Good("Start-TinySoraTraining mnist.yaml -Part autoencoder").Values("StoppedBecause")));

        workspace.Write("filter.txt", "00000\n*3\n");
        Assert.NotEqual(
            workspace.Good("Measure-TinySoraModel mnist.yaml -Steps 1 -Part autoencoder").Values("Parameters"),
            workspace.Good("Measure-TinySoraModel mnist.yaml -Steps 1 -Part transformer").Values("Parameters"));
        Assert.Equal([true], workspace.Good("Test-TinySoraResume mnist.yaml -Steps 2 -Part transformer").Values("Equal"));
        var transformer = workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer");
        Assert.Contains(transformer.Information, line => $"{line}".Contains("Found 2 clips", StringComparison.Ordinal));
        Assert.Equal(workspace.At("mmnist", "dit_ckpt"), Assert.Single(transformer.Values("ResultsPath")));
        Assert.Equal("step-00000004.safetensors", workspace.Names(Path.Combine("mmnist", "dit_ckpt"), "step-*")[^1]);

        // As the published code writes it, in the parent folder of the run. A new run reads it, and -Force moves it aside.
        Assert.True(File.Exists(workspace.At("mmnist", "dit_ckpt.pth")));
        var onward = workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer -ResultsPath mmnist/again -MaxSteps 1 -Verbose");
        Assert.Contains(onward.Verbose, line => line.Contains($"Starting from the weights of '{workspace.At("mmnist", "dit_ckpt.pth")}'.", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer -ResultsPath mmnist/again -MaxSteps 1 -Force");
        var aside = Assert.Single(Directory.GetDirectories(workspace.At("mmnist", "again"), "old-*"));
        Assert.True(File.Exists(Path.Combine(aside, "dit_ckpt.pth")));
        var videos = workspace.Good("Invoke-TinySoraGenerate -Checkpoint mmnist/dit_ckpt -Steps 5 -Count 2 -FramesPerSecond 8 -OutputPath mmnist/samples");
        Assert.Equal([3, 3], videos.Values("Frames"));
        Assert.Equal([16, 16], videos.Values("Width"));

        workspace.Good("Export-TinySoraCheckpoint mmnist/dit_ckpt -OutputPath dit.pt");
        var imported = workspace.Good("Import-TinySoraCheckpoint dit.pt imported -Config mnist.yaml -Part Transformer");
        Assert.Equal("latent-transformer", Assert.Single(imported.Values("Family")));
        workspace.Bad("Import-TinySoraCheckpoint dit.pt first -Config mnist.yaml", "TinySora.Checkpoint.OtherModel", ErrorCategory.InvalidData);
        workspace.Bad("Import-TinySoraCheckpoint dit.pt other -Config mnist.yaml -Part vae", "TinySora.Config.NoSuchPart", ErrorCategory.InvalidArgument);

        Assert.Equal(56, workspace.Good("Get-TinySoraConfig mnist.yaml").Values("Key").Count);
        Assert.Equal(true, Assert.Single(workspace.Good("Test-TinySoraConfig mnist.yaml").Objects));
        workspace.Write("odd.yaml", File.ReadAllText(workspace.At("mnist.yaml")).Replace("num_layers: 2", "num_layers: 11", StringComparison.Ordinal));
        workspace.Bad("Test-TinySoraConfig odd.yaml", "TinySora.Config.InvalidValue", ErrorCategory.InvalidArgument);
    }

    /// <summary>The tutorial's file for Moving MNIST with networks that train in a second, on frames in mmnist/images and videos in ./films.</summary>
    internal static string SmallTutorial(params IEnumerable<(string Right, string Small)> more)
    {
        (string Right, string Small)[] small =
        [
            ("im_path: 'mmnist-easy-images'", "im_path: 'images'"), ("frame_height: 72", "frame_height: 16"), ("frame_width: 128", "frame_width: 16"),
            ("down_channels: [32, 64, 128]", "down_channels: [8, 16]"), ("mid_channels: [128]", "mid_channels: [16]"), ("[True, True]", "[True]"),
            ("[False, False]", "[False]"), ("norm_channels: 32", "norm_channels: 4"), ("num_heads: 16", "num_heads: 2"), ("epochs: 20", "epochs: 2"),
            ("batch_size: 64", "batch_size: 8"), ("disc_start: 500", "disc_start: 3"), ("perceptual_weight: 1", "perceptual_weight: 0"),
            ("img_save_steps: 64", "img_save_steps: 2"), ("data/mmnist-easy", "films"), ("video_ext: 'mp4'", "video_ext: 'gif'"),
            ("num_frames: 16", "num_frames: 3"), ("num_images_train: 8", "num_images_train: 2"), ("num_layers: 12", "num_layers: 2"),
            ("hidden_size: 768", "hidden_size: 32"), ("num_heads: 12", "num_heads: 2"), ("head_dim: 64", "head_dim: 16"), ("epochs: 300", "epochs: 4"),
        ];
        var published = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "latte", "mnist.yaml"));
        return small.Concat(more).Aggregate(published, (text, change) => text.Replace(change.Right, change.Small, StringComparison.Ordinal));
    }

    /// <summary>Returns the values of a metric in all steps that have it.</summary>
    private List<double> Scalars(string name, string run = "saved_models") =>
    [
        .. File.ReadLines(workspace.At(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!["scalars"]?[name])
            .OfType<JsonNode>().Select(value => double.Parse(value.ToString(), CultureInfo.InvariantCulture)),
    ];
}
