using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The folder of the Latte tutorial's task: what lies there is taken, and what is made goes there, by the names of its file alone.</summary>
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
    public void Saved_latents_are_taken_by_themselves_or_written_first_where_the_file_says_so()
    {
        workspace.Good("Export-TinySoraLatent mmnist films -As PerVideo -OutputPath mmnist/video_latents");
        File.Delete(workspace.At("mmnist", "video_latents", "00000.gif.safetensors"));
        File.Copy(workspace.At("mmnist", "video_latents", "00001.gif.safetensors"), workspace.At("mmnist", "video_latents", "gone.gif.safetensors"));
        var run = workspace.Good("Start-TinySoraTraining mnist.yaml -Part transformer");
        Assert.Contains(run.Information, line => $"{line}".EndsWith($": 3 with latents in '{workspace.At("mmnist", "video_latents")}', 1 encoded.", StringComparison.Ordinal));
        Assert.Contains(run.Warnings, line => line.EndsWith("left out: gone.gif.", StringComparison.Ordinal));

        File.Delete(workspace.At("mmnist", "video_latents", "gone.gif.safetensors"));
        workspace.Write("save.yaml", FrameTrainingTests.SmallTutorial(("save_latents: False", "save_latents: True")));
        var saved = workspace.Good("Start-TinySoraTraining save.yaml -Part transformer -Force");
        Assert.Contains(saved.Information, line => $"{line}".Contains("Saved the latents of 1 films", StringComparison.Ordinal));
        Assert.Equal(4, workspace.Names(Path.Combine("mmnist", "video_latents"), "*.safetensors").Length);
        Assert.Equal(run.Values("Loss"), saved.Values("Loss"));

        // Another autoencoder makes other latents.
        workspace.Good("Start-TinySoraTraining mnist.yaml -Part autoencoder -Force -Seed 2 -Set @{ 'trainer.train_num_steps' = 5 }");
        var other = workspace.Bad("Start-TinySoraTraining mnist.yaml -Part transformer -Force", "TinySora.Latent.OtherCodec", ErrorCategory.InvalidData);
        Assert.Contains("00000.gif.safetensors", other.Exception.Message, StringComparison.Ordinal);
    }
}
