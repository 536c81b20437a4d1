using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Adapters from training to use, for the model of <see cref="Workspace.TinyConfig"/>.</summary>
[Collection(nameof(CmdletTests))]
public sealed class AdapterTests : IDisposable
{
    private const string Train = "Start-TinySoraTraining -Adapter pink -InitialCheckpoint saved_models -DataPath pink -Set @{ 'trainer.train_num_steps' = 4; 'trainer.seed' = 1 }";

    private readonly Workspace workspace = new();

    public AdapterTests()
    {
        workspace.Trained();
        workspace.Good("New-TinySoraDataset pink -Kind Shapes -Color pink -Count 3 -ImageSize 16 -Frames 2");
    }

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Adapter_is_trained_used_recorded_and_exported()
    {
        workspace.Good($"{Train} -MaxSteps 2");
        Assert.Equal([4], workspace.Good(Train).Values("Step"));
        var adapter = workspace.At("runs", "pink", "adapter.safetensors");
        Assert.InRange(new FileInfo(adapter).Length, 1, 150_000);
        Assert.StartsWith("saved_models 3 (adapter pink with pink", Assert.Single(workspace.Good("Get-TinySoraCheckpoint runs/pink -Latest").Values("AdapterOf"))!.ToString(), StringComparison.Ordinal);
        Assert.Equal([null], workspace.Good("Get-TinySoraCheckpoint saved_models").Values("AdapterOf"));

        const string make = "Invoke-TinySoraGenerate 'a pink' -Checkpoint saved_models -Seed 1";
        Assert.Empty(workspace.Good($"{make} -Adapter pink=0.8 -OutputName with").Warnings);
        workspace.Good($"{make} -Adapter {adapter}=0 -OutputName without");
        workspace.Good($"{make} -OutputName base");
        workspace.Good("Invoke-TinySoraGenerate 'a pink' -Checkpoint runs/pink -Seed 1 -OutputName whole");
        Assert.Equal(File.ReadAllBytes(workspace.At("results", "base.gif")), File.ReadAllBytes(workspace.At("results", "without.gif")));

        var recipe = workspace.Good("Get-TinySoraRecipe results/with.gif");
        Assert.Equal("pink=0.8", Assert.Single(recipe.Values("Adapter"))!.ToString());
        Assert.Equal([null], workspace.Good("Get-TinySoraRecipe results/base.gif").Values("Adapter"));
        workspace.Good("Get-TinySoraRecipe results/with.gif | Invoke-TinySoraGenerate");
        workspace.Good("Get-TinySoraRecipe results/with.gif | Export-Csv table.csv; Import-Csv table.csv | Select-Object * -ExcludeProperty OutputName | Invoke-TinySoraGenerate -OutputName again");
        foreach (var copy in new[] { "with_remade.gif", "again.gif" })
        {
            Assert.Equal(File.ReadAllBytes(workspace.At("results", "with.gif")), File.ReadAllBytes(workspace.At("results", copy)));
        }

        workspace.Good("Export-TinySoraCheckpoint saved_models merged.safetensors -Adapter pink");
        workspace.Good("Invoke-TinySoraGenerate 'a pink' -Checkpoint merged.safetensors -Seed 1 -OutputName merged");
        workspace.Good($"{make} -Adapter pink -OutputName applied");
        Assert.Equal(workspace.Good("Get-TinySoraRecipe results/merged.gif").Values("ModelHash"), workspace.Good("Get-TinySoraRecipe results/applied.gif").Values("ModelHash"));
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("best")]
    [InlineData("3")]
    public void Repeated_command_resumes_the_run_of_the_adapter_instead_of_using_it_as_the_base_model(string initial)
    {
        var train = Train.Replace("saved_models", initial, StringComparison.Ordinal);
        workspace.Good($"{train} -MaxSteps 2");
        Assert.Equal([4], workspace.Good(train).Values("Step"));
    }

    [Fact]
    public void Each_clip_with_a_rare_new_word_alternates_with_four_others()
    {
        workspace.Good("New-TinySoraDataset mixed -Kind Shapes -Count 8; New-TinySoraDataset new -Kind Shapes -Color pink -Count 1");
        foreach (var extension in new[] { "gif", "txt" })
        {
            File.Copy(workspace.At("new", $"00000.{extension}"), workspace.At("mixed", $"pink.{extension}"));
        }

        Assert.Equal(["balance_others: 4", "balance_words: pink"], Balance("rare", ""));
        Assert.Equal(["balance_others: 2", "balance_words: pink"], Balance("rarer", "; 'trainer.balance_others' = 2"));

        IEnumerable<string> Balance(string name, string setting)
        {
            workspace.Good($"Start-TinySoraTraining -Adapter {name} -InitialCheckpoint shapes-lean -DataPath mixed -MaxSteps 1 -Set @{{ 'trainer.train_batch_size' = 2{setting} }}");
            return File.ReadLines(workspace.At("runs", name, "config.yaml")).Select(line => line.Split('#')[0].Trim().Replace("\"", "", StringComparison.Ordinal))
                .Where(line => line.StartsWith("balance_others", StringComparison.Ordinal) || line.StartsWith("balance_words", StringComparison.Ordinal)).Order();
        }
    }

    [Fact]
    public void Mistakes_are_named()
    {
        workspace.Bad("Invoke-TinySoraGenerate 'a pink' -Adapter nowhere", "TinySora.Adapter.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad("Invoke-TinySoraGenerate 'a pink' -Adapter pink=much", "TinySora.Adapter.BadStrength", ErrorCategory.InvalidArgument);
        workspace.Bad("Invoke-TinySoraGenerate 'a pink' -Adapter 'pink=0,8'", "TinySora.Adapter.BadStrength", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -Adapter pink -DataPath pink", "TinySora.Adapter.NeedsBase", ErrorCategory.InvalidArgument);
        workspace.Bad($"{Train.Replace("-Adapter pink", "-Adapter a=b", StringComparison.Ordinal)}", "TinySora.Adapter.BadName", ErrorCategory.InvalidArgument);
        workspace.Bad($"{Train} -Processes 2", "TinySora.Adapter.NotInParallel", ErrorCategory.InvalidArgument);
        workspace.Good($"{Train} -MaxSteps 1");
        var error = workspace.Bad("Invoke-TinySoraGenerate 'a pink' -Checkpoint shapes-lean -Adapter pink", "TinySora.Adapter.OtherBase", ErrorCategory.InvalidArgument);
        Assert.Contains("step 3", error.Exception.Message, StringComparison.Ordinal);
    }
}
