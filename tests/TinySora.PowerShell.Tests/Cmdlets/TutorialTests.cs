using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The folder layout of the Latte tutorial: inputs and outputs are found by the names in its file alone.</summary>
[Collection(nameof(CmdletTests))]
public sealed class TutorialTests : IDisposable
{
    private readonly Workspace workspace = new();

    public TutorialTests()
    {
        workspace.Good("New-TinySoraDataset films -Count 4 -Frames 4 -ImageSize 16");
        workspace.Good("Export-TinySoraFrame films -OutputPath mmnist/images -Probability 1");
        workspace.Write("mnist.yaml", FrameTrainingTests.SmallTutorial());
        workspace.Good("Start-TinySoraTraining mnist.yaml -Part autoencoder");
    }

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Saved_latents_are_used_automatically_or_written_first_if_the_file_says_so()
    {
        workspace.Good("Export-TinySoraLatent mmnist films -As PerVideo -OutputPath mmnist/video_latents");
        File.Delete(workspace.At("mmnist", "video_latents", "00000.gif.safetensors"));
        File.Copy(workspace.At("mmnist", "video_latents", "00001.gif.safetensors"), workspace.At("mmnist", "video_latents", "gone.gif.safetensors"));
        var run = workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer");
        Assert.Contains(run.Information, line => $"{line}".EndsWith($"(with latents in '{workspace.At("mmnist", "video_latents")}': 3; encoded: 1).", StringComparison.Ordinal));
        Assert.Contains(run.Warnings, line => line.EndsWith("are ignored: gone.gif.", StringComparison.Ordinal));

        File.Delete(workspace.At("mmnist", "video_latents", "gone.gif.safetensors"));
        workspace.Write("save.yaml", FrameTrainingTests.SmallTutorial(("save_latents: False", "save_latents: True")));
        var saved = workspace.Good("Start-TinySoraTraining save.yaml -Part transformer -Force");
        Assert.Contains(saved.Information, line => $"{line}".Contains("Number of videos whose latents were saved in", StringComparison.Ordinal));
        Assert.Equal(4, workspace.Names(Path.Combine("mmnist", "video_latents"), "*.safetensors").Length);
        Assert.Equal(run.Values("Loss"), saved.Values("Loss"));

        // Another autoencoder makes other latents.
        workspace.Good("Start-TinySoraTraining mnist.yaml -Part autoencoder -Force -Seed 2 -Set @{ 'trainer.train_num_steps' = 5 }");
        var other = workspace.Bad("Start-TinySoraTraining mnist.yaml -Part transformer -Force", "TinySora.Latent.OtherCodec", ErrorCategory.InvalidData);
        Assert.Contains("00000.gif.safetensors", other.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_sets_number_and_folder_of_sampled_videos_and_enables_denoising_videos()
    {
        Needs.FFmpeg();
        workspace.Bad("Invoke-TinySoraGenerate -Config mnist.yaml", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer -MaxSteps 1");
        workspace.Write("two.yaml", FrameTrainingTests.SmallTutorial(("num_samples: 1", "num_samples: 2"), ("codebook_size: 20", "color: red")));
        var one = workspace.Good("Invoke-TinySoraGenerate -Config mnist.yaml -Steps 5");
        Assert.Equal([workspace.At("mmnist", "samples", "sample_video_0.mp4")], one.Values("Path"));
        Assert.Equal([1111L], one.Values("Seed"));
        Assert.Equal(3 / 8.0, ((TimeSpan)workspace.Good("Get-TinySoraDataset mmnist/samples").Values("Duration")[0]!).TotalSeconds, 5);

        // The first one exists already.
        var two = workspace.Good("Invoke-TinySoraGenerate -Config two.yaml -Steps 5");
        Assert.Single(two.Warnings, warning => warning.Contains("autoencoder_params.color", StringComparison.Ordinal));
        Assert.Equal([true, false], two.Values("Skipped"));
        Assert.Equal(["sample_video_0.mp4", "sample_video_1.mp4"], workspace.Names(Path.Combine("mmnist", "samples")));

        // The command line takes precedence over the file.
        var video = workspace.Good("Invoke-TinySoraGenerate -Config two.yaml -Steps 5 -Count 1 -Seed 7 -OutputPath out -OutputName clip -Format gif -FramesPerSecond 4");
        Assert.Equal([workspace.At("out", "clip.gif")], video.Values("Path"));
        Assert.Equal([7L], video.Values("Seed"));
        Assert.Equal(3 / 4.0, ((TimeSpan)workspace.Good("Get-TinySoraDataset out").Values("Duration")[0]!).TotalSeconds, 5);

        var films = workspace.Good("Invoke-TinySoraGenerate -Config mnist.yaml -Steps 5 -GuessEvery 2");
        Assert.Equal([workspace.At("mmnist", "samples", "sample_output_0.mp4")], films.Values("GuessPath"));
        Assert.Equal(["sample_output_0.mp4", "sample_output_1.mp4", "sample_output_3.mp4"], workspace.Names(Path.Combine("mmnist", "samples"), "sample_output_*"));
        Assert.All(
            workspace.Good("Get-TinySoraRecipe mmnist/samples/sample_output_*.mp4").Values("Seed"), seed => Assert.Equal(1111L, seed));
    }

    /// <summary>With only the .pth files of the published code, each command says which of them to import, and works after that.</summary>
    [Fact]
    public void Missing_imports_are_named_with_the_command_that_imports_them()
    {
        Needs.FFmpeg();
        workspace.Good("Remove-Item mmnist/step-*.safetensors");
        var codec = workspace.Bad("Start-TinySoraTraining mnist.yaml -Part transformer", "TinySora.Checkpoint.NoneInFolder", ErrorCategory.ObjectNotFound);
        Assert.Contains($"Import-TinySoraCheckpoint '{workspace.At("mmnist", "vae_autoencoder_ckpt.pth")}'", codec.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains($"-ResultsPath '{workspace.At("mmnist")}'", codec.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Good("Import-TinySoraCheckpoint mmnist/vae_autoencoder_ckpt.pth -Config mnist.yaml -Part autoencoder -ResultsPath mmnist");
        workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer -MaxSteps 1");

        Directory.Delete(workspace.At("mmnist", "dit_ckpt"), recursive: true);
        var model = workspace.Bad("Invoke-TinySoraGenerate -Config mnist.yaml", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        Assert.Contains($"Import-TinySoraCheckpoint '{workspace.At("mmnist", "dit_ckpt.pth")}'", model.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("PART is autoencoder or transformer", model.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Good("Import-TinySoraCheckpoint mmnist/dit_ckpt.pth -Config mnist.yaml -Part transformer -ResultsPath mmnist/dit_ckpt");
        workspace.Good("Invoke-TinySoraGenerate -Config mnist.yaml -Steps 2");
    }

    /// <summary>Like `python -m capture_frames --config`: videos, extension, filter, probability, seed and folder come from the file.</summary>
    [Fact]
    public void Frames_are_captured_as_the_file_says()
    {
        workspace.Write("filter.txt", "*1\n00002\n");
        (string, string)[] all = [("ae_frame_sample_prob: 0.1", "ae_frame_sample_prob: 1"), ("im_path: 'images'", "im_path: 'captured'")];
        workspace.Write("all.yaml", FrameTrainingTests.SmallTutorial([.. all, ("codebook_size: 20", "color: red")]));
        workspace.Write("some.yaml", FrameTrainingTests.SmallTutorial([.. all, ("video_filter_path: null", "video_filter_path: 'filter.txt'")]));
        workspace.Write("mp4.yaml", FrameTrainingTests.SmallTutorial([.. all, ("video_ext: 'gif'", "video_ext: 'mp4'")]));

        var run = workspace.Good("Export-TinySoraFrame -Config all.yaml");
        Assert.Equal((4, 16), (Assert.Single(run.Values("Videos")), Assert.Single(run.Values("Frames"))));
        Assert.Contains("autoencoder_params.color", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal(16, workspace.Names(Path.Combine("mmnist", "captured")).Count(name => name.StartsWith("frame_", StringComparison.Ordinal)));
        Assert.Equal([2], workspace.Good("Export-TinySoraFrame -Config some.yaml -OutputPath some").Values("Videos"));
        Assert.Equal([2], workspace.Good("Export-TinySoraFrame films -FilterPath filter.txt -OutputPath filtered -Probability 1").Values("Videos"));
        Assert.InRange((int)Assert.Single(workspace.Good("Export-TinySoraFrame -Config all.yaml -OutputPath fewer -Probability 0.4").Values("Frames"))!, 1, 15);

        workspace.Bad("Export-TinySoraFrame -Config mp4.yaml -OutputPath none", "TinySora.Data.NoVideos", ErrorCategory.ObjectNotFound);
        workspace.Bad("Export-TinySoraFrame -Config tiny.yaml", "TinySora.Config.NoFrames", ErrorCategory.InvalidArgument);
        workspace.Write("outside.yaml", FrameTrainingTests.SmallTutorial([.. all, ("task_name: 'mmnist'", "task_name: '/somewhere-else'")]));
        workspace.Bad("Export-TinySoraFrame -Config outside.yaml", "TinySora.Input.OutsideFolder", ErrorCategory.SecurityError);
    }

    /// <summary>The tutorial's capture_frames reads with OpenCV, which treats every video as BT.601.</summary>
    [Fact]
    public void Frames_are_decoded_as_in_OpenCV()
    {
        Needs.FFmpeg();
        workspace.Good("New-TinySoraDataset shown -Count 1 -Frames 1 -ImageSize 16 -Format mp4");
        workspace.Write("shown.yaml", FrameTrainingTests.SmallTutorial(
            ("ae_frame_sample_prob: 0.1", "ae_frame_sample_prob: 1"), ("films", "shown"), ("video_ext: 'gif'", "video_ext: 'mp4'")));
        workspace.Good("Export-TinySoraFrame -Config shown.yaml -OutputPath opencv");
        workspace.Good("Export-TinySoraFrame shown -OutputPath player -Probability 1");
        Assert.NotEqual(File.ReadAllBytes(workspace.At("player", "frame_0.png")), File.ReadAllBytes(workspace.At("opencv", "frame_0.png")));
    }

    /// <summary>A TinySora configuration contains the folder of its run.</summary>
    [Fact]
    public void Other_configuration_names_only_the_checkpoint()
    {
        workspace.Write("pixels.yaml", """
            family: latent-transformer
            model: { architecture: latte, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 4 }
            clip: { frames: 4, height: 16 }
            diffusion: { sampling_steps: 2 }
            trainer: { train_batch_size: 2, train_num_steps: 1, results_folder: ./elsewhere }
            """);
        workspace.Good("Start-TinySoraTraining pixels.yaml films");
        var video = workspace.Good("Invoke-TinySoraGenerate -Config pixels.yaml -OutputName clip");
        Assert.Equal([workspace.At("results", "clip.gif")], video.Values("Path"));
        workspace.Bad("Invoke-TinySoraGenerate -Config absent.yaml", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound);
    }
}
