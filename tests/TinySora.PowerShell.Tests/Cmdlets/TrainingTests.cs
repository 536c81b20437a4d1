using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class TrainingTests : IDisposable
{
    private readonly Workspace workspace = new();

    public TrainingTests() => workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Dataset_from_the_pipeline_becomes_a_checkpoint()
    {
        var run = workspace.Good("New-TinySoraDataset other -Count 4 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml -Verbose");
        Assert.Equal("Completed", Assert.Single(run.Values("StoppedBecause")));
        Assert.Equal(3, Assert.Single(run.Values("Step")));
        Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), Assert.Single(run.Values("Checkpoint")));
        Assert.Equal(workspace.At("saved_models"), Assert.Single(run.Values("ResultsPath")));
        Assert.True(File.Exists(workspace.At("saved_models", "step-00000003.safetensors")));
        Assert.Contains(run.Information, message => $"{message}".Contains(workspace.At("other"), StringComparison.Ordinal));
        Assert.Contains(run.Progress, p => p.Activity == "Training" && p.RecordType == ProgressRecordType.Completed);
    }

    [Fact]
    public void Local_CLIP_conditions_training_and_generation()
    {
        workspace.Write("clip.yaml", Workspace.TinyConfig
            .Replace("text_encoder: learned", "text_encoder: clip", StringComparison.Ordinal)
            .Replace("cond_dim: 16", "text_encoder_path: ./clip", StringComparison.Ordinal));
        workspace.Bad("Start-TinySoraTraining clip.yaml", "TinySora.Model.EncoderFilesMissing", ErrorCategory.ObjectNotFound);

        Directory.CreateDirectory(workspace.At("clip"));
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "clip")))
        {
            File.Copy(file, workspace.At("clip", Path.GetFileName(file)));
        }

        var run = workspace.Good("Start-TinySoraTraining clip.yaml | Invoke-TinySoraGenerate -Prompt 'a red circle moving left' -OutputPath out");
        Assert.Equal(workspace.At("out", "a_red_circle_moving_left.gif"), Assert.Single(run.Values("Path")));
        workspace.Bad(
            "Invoke-TinySoraGenerate 'a (red:1.4) circle' -Checkpoint saved_models -OutputPath weighted", "TinySora.Model.WeightsNeedMean", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Folders_in_the_configuration_are_relative_to_the_current_location()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml");
        Assert.Single(workspace.Names("saved_models", "*.safetensors"));
    }

    [Fact]
    public void Rerunning_resumes_and_then_reports_completion()
    {
        Assert.Equal(2, Assert.Single(workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 2").Values("Step")));
        var rest = workspace.Good("Start-TinySoraTraining tiny.yaml -Resume");
        Assert.Equal((3, "Completed"), (Assert.Single(rest.Values("Step")), Assert.Single(rest.Values("StoppedBecause"))));
        Assert.Equal("AlreadyComplete", Assert.Single(workspace.Good("Start-TinySoraTraining tiny.yaml").Values("StoppedBecause")));
    }

    [Fact]
    public void Parameters_take_precedence_over_the_configuration()
    {
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -DataPath data -ResultsPath runs/one -BatchSize 1 -Seed 9 -MaxSteps 1");
        Assert.Equal(workspace.At("runs", "one"), Assert.Single(run.Values("ResultsPath")));
        var yaml = (string)Assert.Single(workspace.Good("Get-TinySoraCheckpoint runs/one").Values("ConfigYaml"))!;
        Assert.Contains("train_batch_size: 1", yaml, StringComparison.Ordinal);
        Assert.Contains("seed: 9", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_reports_missing_data_files_and_expectations()
    {
        var plan = workspace.Good("Start-TinySoraTraining tiny.yaml -DataPath nowhere -WhatIf").Output;
        Assert.Contains($"Data: '{workspace.At("nowhere")}' does not exist, but the run requires it.", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Data:", workspace.Good("Start-TinySoraTraining tiny.yaml -DataPath . -WhatIf").Output, StringComparison.Ordinal);
        const string bert = "-Set @{ 'model.text_encoder' = 'bert'; 'model.text_encoder_path' = './nowhere' }";
        plan = workspace.Good($"Start-TinySoraTraining tiny.yaml {bert} -WhatIf").Output;
        Assert.Contains("Files: The text encoder 'bert' cannot be loaded", plan, StringComparison.Ordinal);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -KeepIf nowhere.csv -WhatIf", "TinySora.Evaluation.ExpectationsUnreadable", ErrorCategory.InvalidData);
    }

    [Fact]
    public void WhatIf_reports_initial_checkpoints_that_cannot_be_used()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath first -MaxSteps 1");
        const string next = "Start-TinySoraTraining tiny.yaml -ResultsPath next -WhatIf";
        workspace.Bad($"{next} -InitialCheckpoint nowhere", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad($"{next} -InitialCheckpoint clips-vae", "TinySora.Training.OtherInitialModel", ErrorCategory.InvalidArgument);
        workspace.Bad($"{next} -Adapter pink -InitialCheckpoint nowhere", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining clips-vae -DataPath . -ResultsPath next -WhatIf -Set @{ 'loss.decoder_only' = $true }",
            "TinySora.Training.DecoderNeedsInitial", ErrorCategory.InvalidArgument);
        Assert.Contains("would start", workspace.Good($"{next} -InitialCheckpoint first").Output, StringComparison.Ordinal);

        // A resumed run does not use the initial weights.
        Assert.Contains("step 1", workspace.Good(next.Replace("next", "first", StringComparison.Ordinal) + " -InitialCheckpoint clips-vae").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_trains_nothing()
    {
        Assert.Empty(workspace.Good("Start-TinySoraTraining tiny.yaml -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Fact]
    public async Task Cancellation_leaves_a_checkpoint_that_rerunning_resumes()
    {
        workspace.Write("long.yaml", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal));
        using var stop = new CancellationTokenSource();
        var training = Task.Run(() => workspace.Run("Start-TinySoraTraining long.yaml", cancellation: stop.Token));
        // The configuration is written immediately before the first step.
        while (!File.Exists(workspace.At("saved_models", "config.yaml")) && !training.IsCompleted)
        {
            await Task.Delay(10);
        }

        await stop.CancelAsync();
        var stopped = await training;
        Assert.True(stopped.Stopped, stopped.ErrorOutput);

        var checkpoint = workspace.Good("Get-TinySoraCheckpoint -Latest");
        var step = (int)Assert.Single(checkpoint.Values("Step"))!;
        Assert.Contains("Stopping after this step is finished and saved.\n", stopped.Output, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Step {step} is saved in '{Assert.Single(checkpoint.Values("Path"))}'. Run the same command again to resume.\n", stopped.Output, StringComparison.Ordinal);
        Assert.Null(Assert.Single(checkpoint.Values("Problem")));
        Assert.Equal(step + 1, Assert.Single(workspace.Good($"Start-TinySoraTraining long.yaml -Resume -MaxSteps {step + 1}").Values("Step")));
    }

    [Fact]
    public void User_sees_clips_steps_with_their_loss_checkpoints_and_the_end()
    {
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -Verbose");
        Assert.Collection(
            run.Information.Select(record => $"{record}"),
            first => Assert.StartsWith("Found 4 clips in", first, StringComparison.Ordinal),
            last => Assert.Matches(@"^Step 3 of 3: loss \d\.\d{4}\.$", last));
        var quiet = workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath quiet -InformationAction Ignore | ConvertTo-Json");
        Assert.Empty(quiet.Information);
        var json = workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath json | ConvertTo-Json").Objects.Single();
        var result = System.Text.Json.Nodes.JsonNode.Parse((string)json!)!;
        Assert.Equal((3, "Completed"), ((int)result["Step"]!, (string)result["StoppedBecause"]!));
        Assert.Contains(run.Verbose, text => text.StartsWith("Saved '", StringComparison.Ordinal));
        Assert.Equal(
            ["loading libtorch", "reading the clips", "building the model", "taking the first step"],
            run.Progress.Select(p => p.StatusDescription)
                .Where(text => !text.StartsWith("decoded", StringComparison.OrdinalIgnoreCase) && !text.EndsWith(" s)", StringComparison.Ordinal)).Take(4));
        Assert.Contains(run.Progress, p => Regex.IsMatch(p.StatusDescription, @"^step \d of 3, loss \d\.\d{4}, .* steps/s$"));
        Assert.Contains("Completed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Reachable_steps_are_reported_during_training_and_in_the_checkpoint()
    {
        workspace.Write("long.yaml", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal));
        var run = workspace.Good("Start-TinySoraTraining long.yaml -MaxMinutes 0.02");
        Assert.Contains(run.Progress, p => Regex.IsMatch(p.StatusDescription, @"^step \d+ of about \d{1,5}, loss .* steps/s$"));

        // Neither as a completed run nor as an interrupted one.
        const string Ending = "stopped after 0.02 min (-MaxMinutes)";
        Assert.Equal(("TimeBudget", Ending), (Assert.Single(run.Values("StoppedBecause")), Assert.Single(run.Values("Ending"))));
        Assert.Matches(@$"^Step \d+ of 1000000: loss .*; {Regex.Escape(Ending)}\.$", $"{run.Information[^1]}");
        Assert.Contains(Ending, run.Output, StringComparison.Ordinal);
        var listed = workspace.Good("Get-TinySoraRun");
        Assert.Equal((1000000, Ending), (Assert.Single(listed.Values("TotalSteps")), Assert.Single(listed.Values("Ending"))));
        Assert.Contains(Ending, listed.Output, StringComparison.Ordinal);
        Assert.Contains(Ending, File.ReadAllText(workspace.At("saved_models", "dashboard.html")), StringComparison.Ordinal);

        const string Unfinished = @"was stopped after 0\.02 min \(-MaxMinutes\) and is not fully trained: \d+ of 1000000 steps, 0 %\.";
        Assert.Matches(Unfinished + "$", Assert.Single(workspace.Good("Get-TinySoraCheckpoint -Latest | Invoke-TinySoraGenerate -Prompt red").Warnings));
        Assert.Matches(Unfinished + "$", workspace.Run("Measure-TinySoraAdherence ./saved_models -Count 1").Warnings[0]);
    }

    [Fact]
    public void Number_of_threads_follows_the_command_line()
    {
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -ThreadCount 2 -PassThru -Verbose");
        Assert.Equal([2, 2, 2], run.Values("Threads").Take(3));
        Assert.Contains(run.Verbose, text => text.Contains("with 2 threads (as requested)", StringComparison.Ordinal));
        var own = workspace.Good("Get-TinySoraDevice").Values("Threads")[0];
        Assert.Equal([own], workspace.Good("Invoke-TinySoraGenerate 'a red circle'").Values("Threads"));
        Assert.Equal([2], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Thread 2 -OutputPath two").Values("Threads"));
        var remade = workspace.Good("Get-TinySoraRecipe two/*.gif | Invoke-TinySoraGenerate -ThreadCount 1 -OutputPath one");
        Assert.Equal([1], remade.Values("Threads"));
        Assert.Contains(remade.Warnings, text => text.Contains("threads 2 (here 1)", StringComparison.Ordinal));
        Assert.Equal([3], workspace.Good("Measure-TinySoraModel tiny.yaml -Steps 1 -ThreadCount 3").Values("Threads"));
    }

    [Fact]
    public void Resuming_is_tested_on_the_given_configuration_and_clips_and_leaves_no_files()
    {
        var before = Directory.GetFileSystemEntries(workspace.Folder).Length;
        var verdict = workspace.Good("Test-TinySoraResume tiny.yaml -Steps 4 -StopAt 1 -ThreadCount 2");
        Assert.Equal((4, 1, true, 2), ((int)verdict.Values("Steps").Single()!, (int)verdict.Values("StoppedAt").Single()!,
            (bool)verdict.Values("Equal").Single()!, (int)verdict.Values("Threads").Single()!));
        Assert.Contains("loading libtorch", verdict.Progress[0].StatusDescription, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(workspace.Folder).Length);
        Assert.Contains("Equal", verdict.Output, StringComparison.Ordinal);
        workspace.Bad("Test-TinySoraResume tiny.yaml -Steps 4 -StopAt 4", "TinySora.Training.BadStop", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Warnings_of_all_trainings_in_a_test_are_shown_once()
    {
        workspace.Write("data/broken.gif", "no film");
        var warnings = workspace.Run("Test-TinySoraResume tiny.yaml -Steps 2").Warnings;
        Assert.Single(warnings, text => text.Contains("broken.gif", StringComparison.Ordinal));
        Assert.Equal(warnings.Distinct(), warnings);
    }

    [Theory]
    [InlineData("Find-TinySoraLearningRate -Steps 10")]
    [InlineData("Test-TinySoraResume -Steps 2 -StopAt 1")]
    [InlineData("Measure-TinySoraModel -Steps 1")]
    [InlineData("Start-TinySoraTraining -MaxSteps 1")]
    public void Configuration_is_accepted_as_a_file_from_the_pipeline(string line) =>
        Assert.Single(workspace.Good($"Get-Item tiny.yaml | {line}").Objects);

    [Theory]
    [InlineData("Find-TinySoraLearningRate -Steps 10")]
    [InlineData("Test-TinySoraResume -Steps 2 -StopAt 1")]
    [InlineData("Start-TinySoraTraining -MaxSteps 1")]
    public void Configuration_is_accepted_as_a_name_from_the_pipeline_and_not_confused_with_a_dataset(string line)
    {
        Assert.Single(workspace.Good($"'tiny.yaml' | {line}").Objects);
        Assert.Equal(2, workspace.Good($"'tiny.yaml', 'tiny.yaml' | {line}").Objects.Count);
        var both = workspace.Good($"[pscustomobject]@{{ Config = 'tiny.yaml'; DataPath = 'data' }} | {line} -Verbose");
        Assert.DoesNotContain(both.Verbose, text => text.Contains("shapes-small", StringComparison.Ordinal));
        Assert.Single(both.Objects);
        Assert.StartsWith("TinySora.Config.", Assert.Single(workspace.Run($"Get-Item data | {line}").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Dataset_from_the_pipeline_is_trained_on_with_the_default_configuration()
    {
        var run = workspace.Run("[pscustomobject]@{ DataPath = 'nowhere' } | Start-TinySoraTraining -Verbose");
        Assert.Contains("Configuration: preset shapes-small.", run.Verbose);
        Assert.Contains($"'{workspace.At("nowhere")}'", Assert.Single(run.Errors).ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Learning_rate_search_draws_a_chart_and_keeps_nothing_else()
    {
        foreach (var name in (string[])["rates.png", "rates.svg"])
        {
            var search = workspace.Good($"Find-TinySoraLearningRate tiny.yaml -Steps 30 -Minimum 1e-5 -Maximum 0.1 -ChartPath {name}");
            Assert.Equal(workspace.At(name), Assert.Single(search.Values("ChartPath")));
            Assert.InRange((double)Assert.Single(search.Values("Suggested"))!, 1e-5, 0.1);
        }

        Assert.True(workspace.PictureSize("rates.png").Width > 400);
        Assert.Equal("svg", System.Xml.Linq.XDocument.Load(workspace.At("rates.svg")).Root!.Name.LocalName);
        Assert.False(Directory.Exists(workspace.At("saved_models")));
        workspace.Bad("Find-TinySoraLearningRate tiny.yaml -ChartPath rates.png", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad("Find-TinySoraLearningRate tiny.yaml -Minimum 1 -Maximum 0.1", "TinySora.Training.BadRates", ErrorCategory.InvalidArgument);
        Assert.Empty(workspace.Good("Find-TinySoraLearningRate tiny.yaml -WhatIf").Objects);
    }

    [Fact]
    public void Trials_are_sampled_from_lists_and_ranges_reproducibly()
    {
        const string Line = "Start-TinySoraTraining tiny.yaml -MaxSteps 1 -Trials 3 -Set @{ 'trainer.train_lr' = '1e-5..1e-3'; 'model.dim' = 8, 16 }";
        var first = workspace.Good(Line).Values("ResultsPath").Cast<string>().ToList();
        Assert.Equal(3, first.Distinct().Count());
        Assert.All(first, path => Assert.Matches(@"runs.dim=(8|16)\+train_lr=0\.000\d+$", path));
        Assert.Equal(first, workspace.Good(Line).Values("ResultsPath"));
        Assert.NotEqual(first, workspace.Good(Line + " -Seed 1").Values("ResultsPath").Cast<string>());
        workspace.Bad(
            "Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.train_lr' = '1e-5..1e-3' }", "TinySora.Config.RangeNeedsTrials", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Trials 2", "TinySora.Input.TrialsOfNothing", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Steps_stream_as_objects_with_loss_checkpoint_and_sample()
    {
        workspace.Write("drawn.yaml", Workspace.TinyConfig + "\n  sample_every: 2\n  num_sample_rows: 1");
        var run = workspace.Good("Start-TinySoraTraining drawn.yaml -PassThru");
        Assert.Equal([1, 2, 3, 3], run.Values("Step"));
        Assert.Equal("Completed", run.Values("StoppedBecause")[^1]);
        Assert.All(run.Values("Elapsed"), elapsed => Assert.IsType<TimeSpan>(elapsed));
        Assert.All(run.Values("Loss"), loss => Assert.InRange((double)loss!, 0.01, 100));
        Assert.Equal([null, workspace.At("saved_models", "sample-00000002.gif"), null], run.Values("Sample").Take(3));
        var last = workspace.At("saved_models", "step-00000003.safetensors");
        Assert.Equal([null, null, last, last], run.Values("Checkpoint"));
        Assert.Contains("GradientNorm", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_the_pipeline_downstream_ends_the_training_with_a_checkpoint()
    {
        workspace.Write("long.yaml", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 1000000", StringComparison.Ordinal));
        Assert.Equal([1, 2], workspace.Good("Start-TinySoraTraining long.yaml -PassThru | Select-Object -First 2").Values("Step"));
        var step = (int)Assert.Single(workspace.Good("Get-TinySoraCheckpoint -Latest").Values("Step"))!;
        Assert.InRange(step, 2, 999999);
    }

    [Fact]
    public void Streamed_checkpoints_generate_while_training_continues()
    {
        workspace.Write("often.yaml", Workspace.TinyConfig.Replace("save_model_every: 100", "save_model_every: 1", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining often.yaml -PassThru | Where-Object Checkpoint -like '*.safetensors' | "
            + "Invoke-TinySoraGenerate -Prompt 'a circle' -OutputName clip -Force");
        Assert.NotEmpty(workspace.Names("results", "*.gif"));
        Assert.Single(workspace.Good("Get-TinySoraCheckpoint").Values("Step"), 3);
    }

    [Fact]
    public void Selected_checkpoint_resumes_and_starting_from_scratch_excludes_resuming()
    {
        workspace.Write("often.yaml", Workspace.TinyConfig.Replace("save_model_every: 100", "save_model_every: 1", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining often.yaml");
        Assert.Equal(2, Assert.Single(workspace.Good("Start-TinySoraTraining often.yaml -FromStep 1 -MaxSteps 2").Values("Step")));
        Assert.Equal(["step-00000001.safetensors", "step-00000002.safetensors"], workspace.Names("saved_models", "*.safetensors"));
        workspace.Bad("Start-TinySoraTraining often.yaml -FromStep 3", "TinySora.Training.NoSuchStep", ErrorCategory.ObjectNotFound);

        Assert.IsAssignableFrom<ParameterBindingException>(Assert.Single(workspace.Run("Start-TinySoraTraining often.yaml -Force -Resume").Errors).Exception);
        Assert.Empty(Directory.GetDirectories(workspace.At("saved_models"), "old-*").Skip(1));
    }

    [Fact]
    public void Corrupt_clip_among_good_ones_is_skipped_counted_and_listed()
    {
        File.WriteAllBytes(workspace.At("data", "00001.gif"), [1, 2, 3]);
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml");
        Assert.Equal((3, 1), (Assert.Single(run.Values("Clips")), Assert.Single(run.Values("SkippedClips"))));
        var warning = Assert.Single(run.Warnings, w => w.Contains("00001.gif", StringComparison.Ordinal));
        Assert.Single(warning.Split("00001.gif").Skip(1)); // the file is named once
    }

    [Fact]
    public void Videos_without_ffmpeg_are_reported_as_a_missing_program_not_as_broken_clips()
    {
        workspace.Write("data/film.mp4", "no film");
        var error = workspace.BadWithoutPrograms("Start-TinySoraTraining tiny.yaml", "TinySora.Media.FFmpegMissing", ErrorCategory.NotInstalled);
        Assert.Contains("ffmpeg", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistyped_key_is_reported_with_its_line_and_the_nearest_valid_key()
    {
        workspace.Write("typo.yaml", Workspace.TinyConfig.Replace("attn_heads", "attn_head", StringComparison.Ordinal));
        var error = workspace.Bad("Start-TinySoraTraining typo.yaml", "TinySora.Config.UnknownKey", ErrorCategory.InvalidArgument);
        Assert.Contains("typo.yaml:6", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Contains("model.attn_heads", error.ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("init_kernel_size: 3", "init_kernel_size: 4", "model.init_kernel_size")]
    [InlineData("height: 16", "height: 17", "diffusion.height")]
    public void Impossible_size_is_named(string right, string wrong, string key)
    {
        workspace.Write("wrong.yaml", Workspace.TinyConfig.Replace(right, wrong, StringComparison.Ordinal));
        var error = workspace.Bad("Start-TinySoraTraining wrong.yaml", "TinySora.Config.InvalidValue", ErrorCategory.InvalidArgument);
        Assert.Contains(key, error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_and_missing_data_folders_are_refused()
    {
        Directory.CreateDirectory(workspace.At("empty"));
        workspace.Bad("Start-TinySoraTraining tiny.yaml -DataPath empty", "TinySora.Data.NoClips", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -DataPath nowhere", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Run_of_another_configuration_is_refused_with_the_differences_and_force_starts_from_scratch()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml");
        workspace.Write("other.yaml", Workspace.TinyConfig.Replace("dim: 8", "dim: 12", StringComparison.Ordinal));
        var error = workspace.Bad(
            "Start-TinySoraTraining other.yaml", "TinySora.Training.OtherConfiguration", ErrorCategory.ResourceExists);
        Assert.Contains("model.dim", error.ErrorDetails!.Message, StringComparison.Ordinal);
        workspace.Bad(
            "Start-TinySoraTraining other.yaml -ResultsPath new -InitialCheckpoint saved_models",
            "TinySora.Training.OtherInitialModel", ErrorCategory.InvalidArgument);

        workspace.Good("Start-TinySoraTraining other.yaml -Force");
        Assert.Single(workspace.Names("saved_models", "*.safetensors"));
        Assert.Single(Directory.GetDirectories(workspace.At("saved_models"), "old-*"));
    }

    [Fact]
    public void Resume_without_a_run_missing_files_and_unknown_devices_are_refused()
    {
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Resume", "TinySora.Training.NothingToResume", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining nowhere.yaml", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Device gpu", "TinySora.Runtime.UnknownDevice", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Missing_encoder_files_are_reported_with_the_folder_relative_to_the_current_location()
    {
        workspace.Write("bert.yaml", Workspace.TinyConfig.Replace("text_encoder: learned", "text_encoder: bert", StringComparison.Ordinal)
            .Replace("  cond_dim: 16", "", StringComparison.Ordinal));
        var error = workspace.Bad("Start-TinySoraTraining bert.yaml", "TinySora.Model.EncoderFilesMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains(workspace.At("bert-base-cased"), error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_folder_that_cannot_be_created_is_refused()
    {
        workspace.Write("file", "in the way");
        workspace.Bad("Start-TinySoraTraining tiny.yaml -ResultsPath file/run", "TinySora.Training.CannotUseFolder", ErrorCategory.WriteError);
    }

    [Fact]
    public void Rows_to_keep_are_tested_and_refused_for_a_model_without_videos()
    {
        workspace.Write("rows.csv", "Prompt,MaxChange\na red circle growing,1\n");
        workspace.Good("New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml -KeepIf rows.csv");
        Assert.Equal("1 of 1 passed", $"{workspace.Good("Get-TinySoraCheckpoint").Values("Rows").Single()}");
        var rows = workspace.At("rows.csv").Replace("\\", "\\\\", StringComparison.Ordinal);
        Assert.Contains($"keep_if: \"{rows}\"", File.ReadAllText(workspace.At("saved_models", "config.yaml")), StringComparison.Ordinal);
        workspace.Bad("Start-TinySoraTraining shapes-vae -KeepIf rows.csv", "TinySora.Config.UnknownKey", ErrorCategory.InvalidArgument);
    }
}
