namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Another program truncates files that training has open, in a separate process; a memory-mapped file would end it (SIGBUS).</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class ShrunkStoreTests
{
    [Fact]
    public void Session_survives_decoded_clips_truncated_during_training_and_rerunning_resumes()
    {
        using var workspace = new Workspace();
        workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");
        workspace.Write("long.yaml", Workspace.TinyConfig
            .Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal)
            .Replace("save_model_every: 100", "save_model_every: 5\n  keep_checkpoints: 2", StringComparison.Ordinal));
        const string Line = "try { Start-TinySoraTraining long.yaml -ErrorAction Stop } "
            + "catch { \"alive: $($_.FullyQualifiedErrorId) $($_.ErrorDetails.Message) $($_.ErrorDetails.RecommendedAction)\" }";
        using var process = Pwsh.Start(workspace.Folder, Workspace.ModuleFolder, Line);
        while (workspace.Names("saved_models", "step-*.safetensors").Length == 0)
        {
            Pwsh.AssertRunning(process);
            Thread.Sleep(20);
        }

        var store = Directory.GetFiles(workspace.At("data", ".tinysora"), "clips-*.bin").Single();
        using (var file = new FileStream(store, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.SetLength(0);
        }

        var (_, output, error) = Pwsh.Finish(process);
        Assert.Contains("alive: TinySora.Data.StoreUnreadable", output, StringComparison.Ordinal);
        Pwsh.AssertContains(Path.GetFileName(store), output);
        Pwsh.AssertContains("Run the same command again", output);
        Assert.Empty(error);

        var last = workspace.Names("saved_models", "step-*.safetensors").Max(name => int.Parse(name[5..13]));
        workspace.Good($"Start-TinySoraTraining long.yaml -MaxSteps {last + 5}");
        Assert.Contains($"step-{last + 5:D8}.safetensors", workspace.Names("saved_models", "step-*.safetensors"));
    }
}
