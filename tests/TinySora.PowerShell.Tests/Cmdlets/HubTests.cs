using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Configurations and models in the folder of TINYSORA_HUB.</summary>
[Collection(nameof(CmdletTests))]
public sealed class HubTests : IDisposable
{
    private readonly Workspace workspace = new();

    public HubTests()
    {
        workspace.Write("hub/mine.yaml", Workspace.TinyConfig);
        workspace.Write("hub/shapes-small.yaml", "no configuration");
        workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");
        Environment.SetEnvironmentVariable("TINYSORA_HUB", workspace.At("hub"));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TINYSORA_HUB", null);
        workspace.Dispose();
    }

    [Fact]
    public void Configurations_and_models_are_found_by_name()
    {
        workspace.Good("Start-TinySoraTraining mine -MaxSteps 1 | Export-TinySoraCheckpoint -Format Safetensors -OutputPath hub/model.safetensors");
        Assert.Equal([workspace.At("hub", "model.safetensors")], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint model").Values("Checkpoint"));
        Assert.Equal([workspace.At("hub", "model.safetensors")], workspace.Good("Get-TinySoraCheckpoint MODEL").Values("Path"));
        Assert.Equal(Workspace.TinyConfig, File.ReadAllText((string)workspace.Good("New-TinySoraConfig new.yaml -Preset mine").Values("FullName").Single()!));
        Assert.Equal("8", $"{workspace.Good("Get-TinySoraConfig -Preset mine -Key model.dim").Values("Value").Single()}");

        Assert.Equal(["mine"], workspace.Completed("Start-TinySoraTraining mine").Select(result => result.CompletionText));
        Assert.Equal(["model"], workspace.Completed("Invoke-TinySoraGenerate -Checkpoint mo").Select(result => result.CompletionText));

        File.Copy((string)workspace.Good("Get-TinySoraCheckpoint clips-fsq").Values("Path").Single()!, workspace.At("hub", "model-codec.safetensors"));
        Assert.Equal(["model-codec"], workspace.Completed("Export-TinySoraLatent -Checkpoint mo").Select(result => result.CompletionText));
    }

    [Fact]
    public void Local_files_presets_and_paths_take_precedence_over_the_hub()
    {
        workspace.Write("mine", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 2", StringComparison.Ordinal));
        Assert.Equal([2], workspace.Good("Start-TinySoraTraining mine").Values("Step"));
        Assert.NotEmpty(workspace.Good("Get-TinySoraConfig shapes-small").Objects);
        workspace.Bad("Start-TinySoraTraining hub/../mine2", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining ../hub/mine", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound);
    }
}
