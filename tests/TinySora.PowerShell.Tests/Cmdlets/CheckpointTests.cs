using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class CheckpointTests : IDisposable
{
    private readonly Workspace workspace = new();

    public CheckpointTests()
    {
        workspace.Write("tiny.yaml", Workspace.TinyConfig.Replace("save_model_every: 100", "save_model_every: 1", StringComparison.Ordinal));
        workspace.Trained();
    }

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Checkpoints_are_listed_in_the_order_of_their_steps()
    {
        Assert.Equal([1, 2, 3], workspace.Good("Get-TinySoraCheckpoint").Values("Step"));
        Assert.Equal([3], workspace.Good("Get-TinySoraCheckpoint ./saved_models | Select-Object -Last 1").Values("Step"));
        Assert.Equal([3], workspace.Good("Get-TinySoraCheckpoint -Latest").Values("Step"));
        Assert.Equal([true], workspace.Good("Get-TinySoraCheckpoint -Best").Values("IsBest"));
        Assert.Equal([2], workspace.Good("Get-TinySoraCheckpoint saved_models/*2.safetensors").Values("Step"));
    }

    [Fact]
    public void Training_result_is_accepted_from_the_pipeline() =>
        Assert.Equal([1, 2, 3], workspace.Good("Start-TinySoraTraining tiny.yaml | Get-TinySoraCheckpoint").Values("Step"));

    [Fact]
    public void Configuration_of_a_checkpoint_is_shown()
    {
        Assert.Equal(3, workspace.Good("Get-TinySoraCheckpoint | Get-TinySoraConfig -Key diffusion.frames").Objects.Count);
        var of = workspace.Good("Get-TinySoraCheckpoint -Latest | Get-TinySoraConfig");
        Assert.Equal(workspace.Good("Get-TinySoraConfig saved_models/config.yaml").Values("Key"), of.Values("Key"));
        Assert.Equal(workspace.Good("Get-TinySoraConfig saved_models/config.yaml").Values("Value").Select(value => $"{value}"), of.Values("Value").Select(value => $"{value}"));
        workspace.Good("Get-TinySoraCheckpoint | Export-Csv all.csv");
        Assert.Equal(3, workspace.Good("Import-Csv all.csv | Get-TinySoraConfig -Key trainer.seed").Objects.Count);

        // A damaged checkpoint is an error, and the others are shown.
        workspace.Write("saved_models/step-00000002.safetensors", "damaged");
        var two = workspace.Run("Get-TinySoraCheckpoint | Get-TinySoraConfig -Key trainer.seed");
        Assert.Equal(2, two.Objects.Count);
        Assert.Contains("TinySora.Checkpoint.NotSafetensors", two.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void Object_converts_to_its_path()
    {
        Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), $"{workspace.Good("Get-TinySoraCheckpoint -Latest").Objects[0]}");
        Assert.Equal(workspace.At("saved_models"), $"{workspace.Good("Get-TinySoraRun").Objects[0]}");
        Assert.Equal(workspace.At("data"), $"{workspace.Good("Get-TinySoraDataset data").Objects[0]}");
        var video = Assert.Single(workspace.Good("Invoke-TinySoraGenerate 'a red circle'").Objects);
        Assert.Equal(PSObject.AsPSObject(video!).Properties["Path"]!.Value, $"{video}");
    }

    [Fact]
    public void Table_shows_a_readable_size() =>
        Assert.Matches(@"2\s+\d+\.\d{4} (True|False)\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+\d\.\d MB", workspace.Good("Get-TinySoraCheckpoint").Output);

    [Fact]
    public void Removal_asks_for_confirmation()
    {
        var questions = new List<string>();
        workspace.Run("Get-TinySoraCheckpoint | Where-Object Step -lt 3 | Remove-TinySoraCheckpoint", confirm: q => { questions.Add(q); return false; });
        Assert.Equal(2, questions.Count);
        Assert.Equal(3, workspace.Names("saved_models", "*.safetensors").Length);

        workspace.Good("Get-TinySoraCheckpoint | Remove-TinySoraCheckpoint -WhatIf");
        Assert.Equal(3, workspace.Names("saved_models", "*.safetensors").Length);

        workspace.Good("Get-TinySoraCheckpoint | Where-Object Step -lt 3 | Remove-TinySoraCheckpoint -Confirm:$false");
        Assert.Equal(["step-00000003.safetensors"], workspace.Names("saved_models", "*.safetensors"));
    }

    [Theory]
    [InlineData("Remove-TinySoraCheckpoint ./saved_models -Confirm:$false")]
    [InlineData("Remove-TinySoraCheckpoint -LiteralPath saved_models -Confirm:$false")]
    [InlineData("Remove-TinySoraCheckpoint saved_* -Confirm:$false")]
    [InlineData("Get-TinySoraRun | Remove-TinySoraCheckpoint -Confirm:$false")]
    [InlineData("Start-TinySoraTraining tiny.yaml | Remove-TinySoraCheckpoint -Confirm:$false")]
    public void All_listed_checkpoints_of_a_folder_or_run_are_removed(string pipeline)
    {
        workspace.Good(pipeline.Insert(pipeline.Length - "-Confirm:$false".Length, "-WhatIf "));
        Assert.Equal(3, workspace.Names("saved_models", "*.safetensors").Length);
        workspace.Good(pipeline);
        Assert.Empty(workspace.Names("saved_models", "*.safetensors"));
        Assert.NotEmpty(workspace.Names("saved_models"));
    }

    [Fact]
    public void Folder_without_checkpoints_is_an_error() =>
        workspace.Bad("Remove-TinySoraCheckpoint data -Confirm:$false", "TinySora.Checkpoint.NoneInFolder", ErrorCategory.ObjectNotFound);

    [Fact]
    public void Other_files_are_not_removed()
    {
        workspace.Write("notes.safetensors", "mine");
        workspace.Bad("Remove-TinySoraCheckpoint notes.safetensors -Confirm:$false", "TinySora.Checkpoint.NotOurs", ErrorCategory.InvalidData);
        workspace.Bad("Remove-TinySoraCheckpoint notes.safetensors -WhatIf", "TinySora.Checkpoint.NotOurs", ErrorCategory.InvalidData);
        workspace.Bad("Remove-TinySoraCheckpoint nowhere.safetensors -Confirm:$false", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        Assert.True(File.Exists(workspace.At("notes.safetensors")));
    }

    [Fact]
    public void Truncated_checkpoint_is_listed_with_its_problem_and_refused_if_named()
    {
        var newest = workspace.At("saved_models", "step-00000003.safetensors");
        using (var file = new FileStream(newest, FileMode.Open))
        {
            file.SetLength(file.Length / 2);
        }

        Assert.Contains("is truncated", (string)workspace.Good("Get-TinySoraCheckpoint").Values("Problem")[^1]!, StringComparison.Ordinal);
        workspace.Bad($"Invoke-TinySoraGenerate x -Checkpoint '{newest}'", "TinySora.Checkpoint.Truncated", ErrorCategory.InvalidData);
        Assert.Equal([2], workspace.Good("Get-TinySoraCheckpoint -Latest").Values("Step"));
        var again = workspace.Run("Start-TinySoraTraining tiny.yaml");
        Assert.Equal((true, 3), (again.Succeeded, Assert.Single(again.Values("Step"))));
        Assert.Contains(again.Warnings, w => w.Contains("is truncated", StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_folder_is_an_error_with_instructions()
    {
        var error = workspace.Bad("Get-TinySoraCheckpoint nowhere", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        Assert.Equal(workspace.At("nowhere"), error.TargetObject);
    }
}
