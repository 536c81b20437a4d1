using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands without an explicit run use the newest in ./saved_models and ./runs, and results say which model made them.</summary>
[Collection(nameof(CmdletTests))]
public sealed class NewestRunTests : IDisposable
{
    private const string Codec = "Start-TinySoraTraining codec.yaml -DataPath data -MaxSteps 1 -ResultsPath";

    private readonly Workspace workspace = new();

    /// <summary>An older run in ./saved_models and a newer one in ./runs/films, whose newest checkpoint has step 2.</summary>
    public NewestRunTests()
    {
        workspace.Trained();
        workspace.Write("films.yaml", Workspace.TinyConfig + "\n  results_folder: ./runs/films\n");
        workspace.Good("Start-TinySoraTraining films.yaml -MaxSteps 2");
        workspace.Write("codec.yaml", """
            family: video-autoencoder
            model: { network_variant: s1x4x4_fsq, fsq_levels: [4, 4], n_hiddens: 8, n_res_layers: 1 }
            clip: { frames: 2, height: 16 }
            trainer: { train_batch_size: 2, train_num_steps: 1 }
            """);
    }

    public void Dispose() => workspace.Dispose();

    private string Films => workspace.At("runs", "films", "step-00000002.safetensors");

    private string Saved => workspace.At("saved_models", "step-00000003.safetensors");

    [Theory]
    [InlineData("Invoke-TinySoraGenerate 'a red circle growing'")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle growing' -Checkpoint latest")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle growing' -Checkpoint best")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle growing' -Checkpoint 2")]
    [InlineData("Get-TinySoraCheckpoint | Select-Object -Last 1 | Invoke-TinySoraGenerate -Prompt 'a red circle growing'")]
    [InlineData("'a red circle growing' | Test-TinySoraModel -Expect { $true }")]
    [InlineData("Start-TinySoraTraining tiny.yaml -InitialCheckpoint latest -ResultsPath tuned -Whatif; Get-TinySoraCheckpoint latest | Select-Object @{ n = 'Checkpoint'; e = { $_.Path } }")]
    [InlineData("Get-TinySoraCheckpoint 2 | Select-Object @{ n = 'Checkpoint'; e = { $_.Path } }")]
    [InlineData("Get-TinySoraCheckpoint | Select-Object @{ n = 'Checkpoint'; e = { $_.Path } }")]
    public void Newest_run_is_used(string line) => Assert.Equal([Films], workspace.Good(line).Values("Checkpoint"));

    [Fact]
    public void Newest_run_is_used_by_commands_for_runs_and_offered_by_completion()
    {
        Assert.Equal([workspace.At("runs", "films", "loss.png")], workspace.Good("Export-TinySoraLossCurve").Values("FullName"));
        Assert.Equal([workspace.At("runs", "films")], workspace.Good("Set-TinySoraRun -Note x -PassThru").Values("ResultsPath"));
        Assert.Equal([workspace.At("runs", "films")], workspace.Good("Wait-TinySoraRun").Values("ResultsPath"));
        Assert.All((string[])["Save", "Stop", "Suspend", "Show"], verb => Assert.Equal(
            workspace.At("runs", "films"), $"{Assert.Single(workspace.Run($"{verb}-TinySoraRun").Errors).TargetObject}"));
        var step = Path.Combine(".", "runs", "films", "step-00000002.safetensors");
        Assert.All((string[])["Invoke-TinySoraGenerate x -Checkpoint ", "Get-TinySoraCheckpoint ", "Remove-TinySoraCheckpoint ", "Export-TinySoraCheckpoint "], line =>
            Assert.Equal([step], Offered(line).Where(text => text.Contains("step-", StringComparison.Ordinal))));
        Assert.Equal(["2"], Offered("Start-TinySoraTraining -FromStep "));
        Assert.Equal("runs/films 2", Assert.Single(workspace.Good("Measure-TinySoraAdherence -Prompt 'a red circle growing'").Values("Model")));
        Assert.Equal(
            "runs/films 2", Assert.Single(workspace.Good("Measure-TinySoraAdherence 'runs/films 2' -Prompt 'a red circle growing'").Values("Model")));
    }

    [Fact]
    public void Newer_checkpoints_in_saved_models_take_precedence()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 4 -Set @{ 'trainer.train_num_steps' = 4 } -Force");
        var run = workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Verbose");
        Assert.Equal([workspace.At("saved_models", "step-00000004.safetensors")], run.Values("Checkpoint"));
        Assert.Contains(run.Verbose, text => text.Contains($"'{workspace.At("saved_models")}'", StringComparison.Ordinal) && text.Contains("newest", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Warnings, text => text.Contains("newest run", StringComparison.Ordinal));
    }

    /// <summary>Runs that cannot generate are skipped, and a single warning says so for all prompts.</summary>
    [Theory]
    [InlineData(Codec + " runs/codec", "is an autoencoder")]
    [InlineData("$null = New-Item runs/damaged -ItemType Directory; Set-Content runs/damaged/step-00000009.safetensors damaged", "cannot be read")]
    [InlineData("$null = New-Item runs/begun -ItemType Directory; Copy-Item runs/films/metrics.jsonl, runs/films/status.json runs/begun; (Get-Item runs/begun/status.json).LastWriteTime = (Get-Date).AddSeconds(5)", "has no checkpoint yet")]
    public void Newer_run_that_cannot_generate_is_named(string line, string why)
    {
        workspace.Good(line);
        var run = workspace.Good("'a red circle', 'a blue star' | Invoke-TinySoraGenerate");
        Assert.Equal([Films, Films], run.Values("Checkpoint"));
        var warning = Assert.Single(run.Warnings, text => text.Contains(why, StringComparison.Ordinal));
        Assert.Contains(workspace.At("runs", "films"), warning, StringComparison.Ordinal);
        Assert.Equal([Films], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint latest -OutputPath named").Values("Checkpoint"));
    }

    [Fact]
    public void Autoencoders_are_selected_if_one_is_needed()
    {
        workspace.Good($"{Codec} runs/codec; Start-TinySoraTraining films.yaml -MaxSteps 3");
        var measured = workspace.Good("Measure-TinySoraReconstruction -DataPath data");
        Assert.All(measured.Values("Model"), model => Assert.Equal("runs/codec 1", model));
        var latents = workspace.Good("Export-TinySoraLatent -DataPath data -OutputPath latents");
        Assert.Equal([workspace.At("runs", "codec", "step-00000001.safetensors")], latents.Values("Checkpoint"));
        Assert.All(workspace.Good("ConvertFrom-TinySoraLatent latents").Values("Model"), model => Assert.Equal("runs/codec 1", model));
        Assert.Equal([1], workspace.Good("Measure-TinySoraReconstruction latest data -Summary | Get-TinySoraCheckpoint").Values("Step"));
    }

    [Fact]
    public void Bundled_model_is_used_without_runs_and_suggested_if_they_cannot_generate()
    {
        workspace.Good("Remove-Item saved_models, runs -Recurse -Force");
        Assert.Equal(["shapes-lean"], workspace.Good("Invoke-TinySoraGenerate 'a red circle'").Values("Model"));
        workspace.Good($"{Codec} runs/codec");
        var run = workspace.Good("Invoke-TinySoraGenerate 'a blue star'");
        Assert.Equal(["shapes-lean"], run.Values("Model"));
        Assert.Contains("shapes-lean", Assert.Single(run.Warnings, text => text.Contains("autoencoder", StringComparison.Ordinal)), StringComparison.Ordinal);
        workspace.Bad("Get-TinySoraRun ./absent", "TinySora.Training.NoRun", ErrorCategory.ObjectNotFound);
    }

    /// <summary>A recipe contains no folder. Of checkpoints with the same name, the one that made the video is used.</summary>
    [Fact]
    public void Model_of_a_recipe_is_found_among_runs()
    {
        workspace.Good("Start-TinySoraTraining films.yaml -MaxSteps 3 -Force -Seed 7 -Set @{ 'model.dim' = 16 }");
        workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint saved_models -Seed 4 -OutputPath made");
        Assert.Equal([Saved], workspace.Good("Get-TinySoraRecipe made/*.gif | Invoke-TinySoraGenerate -OutputPath again").Values("Checkpoint"));
        Assert.Equal(
            File.ReadAllBytes(workspace.At("made", "a_red_circle.gif")), File.ReadAllBytes(Assert.Single(Directory.GetFiles(workspace.At("again")))));
    }

    [Theory]
    [InlineData(80, "Invoke-TinySoraGenerate 'a red circle moving right' -Force", "runs/films 2")]
    [InlineData(80, "Invoke-TinySoraGenerate 'a red circle moving right' -Checkpoint shapes-lean -Force", "shapes-lean")]
    [InlineData(80, "Invoke-TinySoraGenerate 'a red circle moving right' -Force | Get-TinySoraRecipe", "step 2")]
    [InlineData(80, "Measure-TinySoraAdherence -Prompt 'a red circle growing'", "runs/films 2")]
    [InlineData(80, "Measure-TinySoraAdherence -Prompt 'a red circle growing' -Summary", "runs/films 2")]
    [InlineData(80, "'a red circle growing' | Test-TinySoraModel -Expect { $true }", "runs/films 2")]
    public void Tables_of_results_name_the_model(int width, string line, string model)
    {
        var text = (string)workspace.Good($"& {{ {line} }} | Out-String -Width {width}").Objects[0]!;
        Assert.Contains("Model", text, StringComparison.Ordinal);
        Assert.Contains(model, text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u2026", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Presets_write_to_the_runs_folder_and_a_budget_finds_its_run_again()
    {
        const string Line = "Start-TinySoraTraining -DataPath data -ThreadCount 1 -Set @{ 'trainer.train_batch_size' = 2 } -Budget 1h";
        Assert.Equal([workspace.At("runs", "budget")], workspace.Good($"{Line} -Until 1").Values("ResultsPath"));
        var again = workspace.Good($"{Line} -Until 2 -Verbose");
        Assert.Contains(again.Verbose, text => text.StartsWith("Continuing from", StringComparison.Ordinal));
        Assert.Equal([workspace.At("runs", "shapes-quick")], workspace.Good("Start-TinySoraTraining shapes-quick -DataPath data -MaxSteps 1 -BatchSize 1").Values("ResultsPath"));
        Assert.Contains(
            workspace.At("elsewhere"),
            workspace.Good(Line.Replace("@{", "@{ 'trainer.results_folder' = './elsewhere';", StringComparison.Ordinal) + " -WhatIf").Output, StringComparison.Ordinal);
    }

    private IEnumerable<string> Offered(string line) => workspace.Completed(line).Select(result => result.CompletionText);
}
