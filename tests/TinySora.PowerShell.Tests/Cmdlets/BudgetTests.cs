using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Training with a time budget instead of hyperparameters.</summary>
[Collection(nameof(CmdletTests))]
public sealed class BudgetTests : IDisposable
{
    private readonly Workspace workspace = new();

    public BudgetTests() => workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Run_uses_its_total_time_and_resumes_only_with_more()
    {
        // The file's limit of three steps is ignored: more steps are taken.
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -Budget 1s");
        Assert.Equal("Completed", Assert.Single(run.Values("StoppedBecause")));
        var steps = (int)Assert.Single(run.Values("Step"))!;
        Assert.InRange(steps, 1, int.MaxValue);
        Assert.Contains("train_minutes: 0.016666666666666666", File.ReadAllText(workspace.At("saved_models", "config.yaml")), StringComparison.Ordinal);
        Assert.Contains(run.Information, line => $"{line}".StartsWith($"Step {steps} of {steps}: loss", StringComparison.Ordinal));
        Assert.Empty(workspace.Good("Get-TinySoraCheckpoint -Latest | Invoke-TinySoraGenerate -Prompt red").Warnings);

        var again = workspace.Good("Start-TinySoraTraining tiny.yaml -Budget 00:00:01");
        Assert.Equal(("AlreadyComplete", steps), (Assert.Single(again.Values("StoppedBecause")), (int)Assert.Single(again.Values("Step"))!));
        Assert.EndsWith("To train longer, specify a larger -Budget or -MaxSteps, or another -Until.", $"{Assert.Single(again.Information)}", StringComparison.Ordinal);

        var stopped = workspace.Good("Start-TinySoraTraining tiny.yaml -Budget 1h -Until 100000 -PassThru | Select-Object -First 1");
        Assert.Equal(steps + 1, (int)Assert.Single(stopped.Values("Step"))!);
        Assert.Matches(
            @"is not fully trained: 0 % of its 60 minutes\.$",
            Assert.Single(workspace.Good("Get-TinySoraCheckpoint -Latest | Invoke-TinySoraGenerate -Prompt red").Warnings));
    }

    [Fact]
    public void Bundled_model_is_trained_further_and_tested_at_the_end()
    {
        const string Line = "Start-TinySoraTraining -DataPath data -ResultsPath run -ThreadCount 1 "
            + "-Set @{ 'trainer.train_batch_size' = 2; 'diffusion.sampling_steps' = 1 } -Budget";
        var run = workspace.Good($"{Line} 1h -Until 2 -Verbose");
        var messages = string.Join('\n', run.Information);
        Assert.Matches(@"The bundled model shapes-lean is fine-tuned for 1 h 0 min: about \d+ steps of 2 clips", messages);
        Assert.Contains("Starting from the weights of", string.Join('\n', run.Verbose), StringComparison.Ordinal);
        Assert.Matches(@"The model follows \d+ of 20 captions outside the training data: color \d+, shape \d+, motion \d+\. Try it: Invoke-TinySoraGenerate '", messages);

        // Keys that change the network or the objective start from scratch.
        foreach (var set in (string[])["'unet.dim' = 16", "'diffusion.objective' = 'v'", "'model.stem' = 2"])
        {
            Assert.Contains("is the most promising", workspace.Good($"Start-TinySoraTraining -DataPath data -Budget 1h -WhatIf -Set @{{ {set}; 'trainer.train_batch_size' = 2 }}").Output, StringComparison.Ordinal);
        }

        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 1h -FromScratch", "TinySora.Input.FromScratchWantsBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -FromScratch", "TinySora.Input.FromScratchWantsBudget", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Bundled_model_for_emoji_is_fine_tuned_on_sprites_at_its_own_size()
    {
        workspace.Good("Get-ChildItem data/*.txt | ForEach-Object { Set-Content $_ 'a gizmo jumping' }");
        const string Line = "Start-TinySoraTraining -DataPath data -ResultsPath sprites -ThreadCount 1 "
            + "-Set @{ 'trainer.train_batch_size' = 1; 'diffusion.sampling_steps' = 1 } -Budget 1h";
        var run = workspace.Good($"{Line} -Until 1");
        Assert.Matches(
            @"The bundled model emoji is fine-tuned for 1 h 0 min: about \d+ steps of 1 clips .+ Expected correct clips for words that are new to the model: ", string.Join('\n', run.Information));
        var config = File.ReadAllText(workspace.At("sprites", "config.yaml"));
        Assert.All((string[])["dim: 48", "height: 32", "frames: 2"], line => Assert.Contains(line, config, StringComparison.Ordinal));
        Assert.Equal([2], workspace.Good($"{Line} -Until 2").Values("Step"));
        Assert.Contains("so preset films is trained", workspace.Good($"{Line} -Force -FromScratch -WhatIf").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_videos_use_the_preset_for_videos_at_their_size()
    {
        workspace.Good("Get-ChildItem data/*.txt | ForEach-Object { Set-Content $_ 'a cat sleeps' }");
        const string Line = "Start-TinySoraTraining -DataPath data -Budget 1h -ThreadCount 1";
        const string Train = $"{Line} -ResultsPath videos -Set @{{ 'trainer.train_batch_size' = 1; 'diffusion.sampling_steps' = 1 }} -Until";
        Assert.Matches(
            @"so preset films is trained for 1 h 0 min: about \d+ steps of 4 clips .+ Correct clips in a test with eight videos:",
            workspace.Good($"{Line} -FromScratch -Set @{{ 'unet.dim' = 16 }} -WhatIf").Output);

        workspace.Good($"{Train} 1");
        var config = File.ReadAllText(workspace.At("videos", "config.yaml"));
        Assert.All((string[])["motion_weight: 1", "height: 32", "frames: 2", "balance_captions: true"], line => Assert.Contains(line, config, StringComparison.Ordinal));

        // The run resumes although its clips now have captions of the shapes world.
        workspace.Good("Get-ChildItem data/*.txt | ForEach-Object { Set-Content $_ 'a red circle growing' }");
        Assert.Equal([2], workspace.Good($"{Train} 2").Values("Step"));
        workspace.Good("Get-ChildItem data/*.txt | ForEach-Object { Set-Content $_ 'a cat sleeps' }");

        // Settings impossible for this preset may suit others.
        Assert.Contains("Preset shapes-", workspace.Good($"{Line} -WhatIf -Set @{{ 'model.stem' = 2; 'trainer.train_batch_size' = 2 }}").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Preset_is_chosen_for_the_clips_and_the_time_and_kept_by_an_existing_run()
    {
        const string Line =
            "Start-TinySoraTraining -DataPath data -ResultsPath run -ThreadCount 1 -FromScratch -Set @{ 'trainer.train_batch_size' = 2 } -Budget";
        var plan = workspace.Good($"{Line} 1h -WhatIf").Output;
        var chosen = Regex.Match(plan, @"Preset (shapes-[\w-]+) is the most promising for 1 h 0 min: about (\d+) steps of 2 clips at a learning rate of ");
        Assert.True(chosen.Success, plan);
        Assert.Contains("A run of 1 h 0 min would start", plan, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("run")));

        var run = workspace.Good($"{Line} 1h -Until 2");
        Assert.Contains(run.Information, line => $"{line}".Contains("is the most promising", StringComparison.Ordinal));
        Assert.Equal(2, (int)Assert.Single(run.Values("Step"))!);
        var config = File.ReadAllText(workspace.At("run", "config.yaml"));
        foreach (var line in (string[])["train_minutes: 60.0", "height: 16", "width: null", "frames: 2", "train_batch_size: 2"])
        {
            Assert.Matches($"  {line} ", config);
        }

        var again = workspace.Good($"{Line} 2h -Until 3 -Verbose");
        Assert.DoesNotContain(again.Information, line => $"{line}".Contains("promising", StringComparison.Ordinal));
        Assert.Contains("Continuing from", string.Join('\n', again.Verbose), StringComparison.Ordinal);
        Assert.Equal(3, (int)Assert.Single(again.Values("Step"))!);

        var strange = workspace.Bad($"{Line} 2h -Seed 5", "TinySora.Training.OtherConfiguration", ErrorCategory.ResourceExists);
        Assert.Equal("  trainer.seed: null in the checkpoint, 5 in this configuration", strange.ErrorDetails!.Message.Split('\n')[1].TrimEnd());
    }

    [Fact]
    public void Run_in_the_default_folder_is_resumed_only_on_its_clips_and_from_its_start()
    {
        const string Line = "Start-TinySoraTraining -ThreadCount 1 -Set @{ 'trainer.train_batch_size' = 2; 'diffusion.sampling_steps' = 1 } -Budget 1h -DataPath";
        workspace.Good($"New-TinySoraDataset other -Count 4 -ImageSize 16 -Frames 2 -Seed 1; {Line} data -Until 1");
        var clips = workspace.Bad($"{Line} other -Until 2", "TinySora.Training.OtherBudgetRun", ErrorCategory.ResourceExists);
        Assert.Contains("trains on the clips in './data'", clips.ErrorDetails!.Message, StringComparison.Ordinal);
        var start = workspace.Bad($"{Line} ./data/ -Until 2 -FromScratch", "TinySora.Training.OtherBudgetRun", ErrorCategory.ResourceExists);
        Assert.Contains("fine-tunes the model shapes-lean", start.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Equal([2], workspace.Good($"{Line} ./data -Until 2").Values("Step"));
    }

    [Fact]
    public void Piped_dataset_leaves_the_preset_open_and_a_row_may_name_one()
    {
        var piped = workspace.Good("Get-TinySoraDataset data | Start-TinySoraTraining -ResultsPath run -Budget 1h -FromScratch -WhatIf -Set @{ 'trainer.train_batch_size' = 2 }").Output;
        Assert.Contains("is the most promising", piped, StringComparison.Ordinal);
        workspace.Write("runs.csv", "Preset,Budget,ResultsPath\n./tiny.yaml,1s,one\n");
        var rows = workspace.Good("Import-Csv runs.csv | Start-TinySoraTraining -DataPath data");
        Assert.Equal(["Completed"], rows.Values("StoppedBecause"));
        Assert.DoesNotContain(rows.Information, line => $"{line}".Contains("promising", StringComparison.Ordinal));
    }

    [Fact]
    public void Parameters_that_conflict_with_a_budget_are_refused()
    {
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 10", "TinySora.Training.BadBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 1h -MaxSteps 3", "TinySora.Input.NotWithBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Budget 1h -MaxMinutes 3", "TinySora.Input.NotWithBudget", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -Budget 1h -Processes 2", "TinySora.Input.BudgetWantsConfig", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -DataPath data -Budget 0.05s", "TinySora.Training.BudgetTooShort", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining -DataPath absent -Budget 1h", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Fact]
    public void Keys_that_only_some_presets_have_exclude_the_others_with_a_message()
    {
        const string Line = "Start-TinySoraTraining -DataPath data -ThreadCount 1 -Budget 1h -WhatIf -Set";
        var lean = workspace.Good($"{Line} @{{ 'UNET.dim' = 16; 'trainer.train_batch_size' = 2 }}").Output;
        Assert.Matches(@"Preset shapes-lean is the most promising .+ s per step\)\. .+ Presets left out: shapes-quick, shapes-small \(no key UNET\.dim\)\.", lean);

        var small = workspace.Good($"{Line} @{{ 'model.stem' = 2; 'trainer.train_batch_size' = 2 }}").Output;
        Assert.Matches(@"Preset shapes-(quick|small) is the most promising .+ Presets left out: shapes-lean \(no key model\.stem\)\.", small);

        var both = workspace.Good($"{Line} @{{ 'unet.dim' = 16, 32 }}").Output;
        Assert.Equal(2, Regex.Count(both, "Preset shapes-lean is the most promising"));
        Assert.Contains("dim=16", both, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_no_candidate_has_are_refused_with_the_presets_that_have_them()
    {
        const string Line = "Start-TinySoraTraining -DataPath data -Budget 1h -Set";
        var none = workspace.Bad($"{Line} @{{ 'unet.dim' = 16; 'model.stem' = 2 }}", "TinySora.Config.NoPresetHasAll", ErrorCategory.InvalidArgument);
        Assert.Equal(
            "No preset that -Budget can choose has all keys in -Set. Presets for each key: "
                + "model.stem (shapes-quick, shapes-small), unet.dim (shapes-lean).",
            none.Exception.Message);

        var typo = workspace.Bad($"{Line} @{{ 'unet.dims' = 16 }}", "TinySora.Config.UnknownKey", ErrorCategory.InvalidArgument);
        Assert.Equal("-Set: unknown key unet.dims; did you mean unet.dim?", typo.Exception.Message);
        workspace.Bad($"{Line} @{{ 'unet' = 16 }}", "TinySora.Config.SectionSet", ErrorCategory.InvalidArgument);
        workspace.Bad($"{Line} @{{ 'diffusion.sampling_steps' = 0 }}", "TinySora.Config.InvalidValue", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Completion_shows_the_notation_of_a_time() =>
        Assert.Contains(workspace.Completed("Start-TinySoraTraining -Budget 1"), found => found.CompletionText == "10min");

    [Fact]
    public void Completion_offers_the_keys_of_the_candidate_presets()
    {
        var all = workspace.Completed("Start-TinySoraTraining -Budget 10min -Set ");
        Assert.Contains(all, found => found.CompletionText == "@{'trainer.train_lr'=" && !found.ToolTip.Contains("only", StringComparison.Ordinal));
        Assert.EndsWith("(only in shapes-lean)", Assert.Single(all, found => found.CompletionText == "@{'unet.dim'=").ToolTip, StringComparison.Ordinal);
        Assert.EndsWith("(only in shapes-quick, shapes-small)", Assert.Single(all, found => found.CompletionText == "@{'model.stem'=").ToolTip, StringComparison.Ordinal);
        Assert.DoesNotContain(all, found => found.CompletionText is "@{'family'=" or "@{'discriminator.start'=");

        // An explicit configuration has its own keys; a prefix of a key may omit its section.
        var named = workspace.Completed("Start-TinySoraTraining shapes-lean -Set unet.d").Select(found => found.CompletionText);
        Assert.Equal(["@{'unet.dim'=", "@{'unet.dim_mults'="], named);
        Assert.DoesNotContain(workspace.Completed("Start-TinySoraTraining shapes-lean -Set "), found => found.CompletionText == "@{'model.stem'=");
        var file = workspace.Completed("Start-TinySoraTraining ./tiny.yaml -Set \"@{'model.dim").Concat(workspace.Completed("Start-TinySoraTraining ./tiny.yaml -Set model.dim"));
        Assert.Contains(file, found => found.CompletionText == "@{'model.dim'=" && found.ToolTip.EndsWith("(value: 8)", StringComparison.Ordinal));
    }
}
