using System.Management.Automation;
using System.Text.Json.Nodes;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Beginners' mistakes: each has a message that says what to do.</summary>
[Collection(nameof(CmdletTests))]
public sealed class StumbleTests : IDisposable
{
    private const string Draw = "New-TinySoraDataset data -ImageSize 16 -Frames 2";

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData(Draw + " -Count 6", Draw + " -Count 2", "contains 6 clips")]
    [InlineData("New-TinySoraDataset src -Count 2 -ImageSize 16 -Frames 5; New-TinySoraDataset data -Source src -Frames 2",
        "New-TinySoraDataset data -Source src/00000.gif -Frames 2", "others")]
    public void Foreign_clips_in_a_dataset_are_counted(string first, string second, string expected)
    {
        Assert.Empty(workspace.Good(first).Warnings);
        Assert.Contains(expected, Assert.Single(workspace.Good(second).Warnings), StringComparison.Ordinal);
        Assert.Empty(workspace.Good(first).Warnings);
    }

    [Theory]
    [InlineData("emojy", "Did you mean emoji?")]
    [InlineData("SHAPES-SMALL", "Start-TinySoraTraining SHAPES-SMALL")]
    [InlineData("mine", "./runs/mine")]
    [InlineData("shapes-quick", "./runs/shapes-quick")]
    public void Error_for_a_wrong_name_of_a_checkpoint_names_the_right_one(string name, string hint)
    {
        Array.ForEach(["mine", "shapes-quick"], run => Directory.CreateDirectory(workspace.At("runs", run)));
        var error = workspace.Bad($"Invoke-TinySoraGenerate 'a cat' -Checkpoint {name}", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        Assert.Contains(hint, error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_prompts_in_place_of_its_rows_is_reported_as_such()
    {
        workspace.Write("p.csv", "Prompt\na cat");
        var error = workspace.Bad("Get-Item p.csv | Invoke-TinySoraGenerate", "TinySora.Input.PipedFile", ErrorCategory.InvalidArgument);
        Assert.Contains("Import-Csv '", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Piped_video_is_not_taken_for_a_checkpoint()
    {
        workspace.Good("New-TinySoraDataset clips -Count 1");
        var error = workspace.Bad("Get-Item clips/*.gif | Invoke-TinySoraGenerate", "TinySora.Input.PipedVideo", ErrorCategory.InvalidArgument);
        Assert.Contains("Get-TinySoraRecipe '", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-ChildItem nothing*.mp4")]
    [InlineData("$null")]
    [InlineData("@()")]
    [InlineData("[pscustomobject]@{ Count = 3 }")]
    public void Nothing_is_drawn_if_no_source_is_piped(string piped)
    {
        workspace.Run($"{piped} | New-TinySoraDataset clips -Count 1");
        Assert.False(Directory.Exists(workspace.At("clips")));
    }

    [Theory]
    [InlineData("'Confg,MaxStep','shapes-quick,5' | ConvertFrom-Csv")]
    [InlineData("@{ Confg = 'shapes-quick' }")]
    public void Row_without_a_known_column_does_not_start_a_training(string row)
    {
        var error = workspace.Bad($"{row} | Start-TinySoraTraining -WhatIf", "TinySora.Input.NoParameters", ErrorCategory.InvalidArgument);
        Assert.Contains("'Confg'", error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_without_a_checkpoint_is_not_replaced_by_another_model()
    {
        workspace.Good("New-TinySoraDataset data -Count 2");
        workspace.Write("tiny.yaml", Workspace.TinyConfig);
        const string Outside = "((Get-Date).AddHours(2).ToString('HH:mm') + '-' + (Get-Date).AddHours(3).ToString('HH:mm'))";
        workspace.Good("Start-TinySoraTraining tiny.yaml -DataPath data -ResultsPath other -MaxSteps 1; Remove-Item other/step-*");
        foreach (var (line, id) in new[]
        {
            ($"Start-TinySoraTraining tiny.yaml -DataPath data -ResultsPath run -Between {Outside}", "NotFound"), ("Get-TinySoraRun other", "NoneInFolder"),
        })
        {
            workspace.Bad($"{line} | Invoke-TinySoraGenerate -Prompt 'a red circle'", $"TinySora.Checkpoint.{id}", ErrorCategory.ObjectNotFound);
        }

        Assert.False(Directory.Exists(workspace.At("results")));
    }

    [Fact]
    public void Models_of_the_module_are_not_removed()
    {
        workspace.Bad("Get-TinySoraCheckpoint emoji | Remove-TinySoraCheckpoint -WhatIf", "TinySora.Input.IsBundled", ErrorCategory.InvalidOperation);
        Assert.Single(workspace.Good("Get-TinySoraCheckpoint emoji").Values("Path"));
    }

    [Fact]
    public void Checkpoints_exported_to_the_same_file_are_reported_even_with_Force()
    {
        workspace.Good("New-TinySoraDataset data -Count 2");
        workspace.Write("tiny.yaml", Workspace.TinyConfig);
        workspace.Good("'a', 'b' | ForEach-Object { Start-TinySoraTraining tiny.yaml -DataPath data -ResultsPath \"runs/$_\" }");
        var error = workspace.Bad("Get-TinySoraRun | Export-TinySoraCheckpoint -OutputPath out -Force", "TinySora.Input.ExportedTwice", ErrorCategory.ResourceExists);
        Assert.Contains("-OutputPath", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(workspace.At("out")));
    }

    [Fact]
    public void Configuration_of_a_measured_model_binds_to_a_training()
    {
        workspace.Good("New-TinySoraDataset data -Count 2");
        var output = workspace.Good("Measure-TinySoraModel shapes-quick -BatchSize 2 -Steps 1 | Start-TinySoraTraining -DataPath data -WhatIf");
        Assert.Contains("would start", output.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-TinySoraCheckpoint")]
    [InlineData("Get-TinySoraRun")]
    [InlineData("Compare-TinySoraRun")]
    [InlineData("Wait-TinySoraRun")]
    [InlineData("Export-TinySoraLossCurve")]
    [InlineData("Export-TinySoraCheckpoint latest")]
    public void Missing_run_is_reported_with_the_command_that_starts_one(string line) => Assert.Contains(
        "Start-TinySoraTraining", workspace.Bad(line, "TinySora.Training.NoRuns", ErrorCategory.ObjectNotFound).ErrorDetails!.RecommendedAction, StringComparison.Ordinal);

    [Fact]
    public void File_or_pictures_in_place_of_clips_are_reported_as_such()
    {
        workspace.Write("clips.csv", "video,caption");
        workspace.Bad("Get-TinySoraDataset clips.csv", "TinySora.Data.NotAFolder", ErrorCategory.InvalidArgument);
        workspace.WriteSprites("pictures");
        var error = workspace.Bad("New-TinySoraDataset data -Source pictures", "TinySora.Data.NoVideos", ErrorCategory.ObjectNotFound);
        Assert.Contains("-Kind Sprites", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("expected .gif, .mp4, .m4v and ", error.ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_frames_are_a_warning_with_the_parameter_that_selects_more()
    {
        workspace.Good(Draw + " -Count 1");
        Assert.Contains("-Probability", Assert.Single(workspace.Good("Export-TinySoraFrame data -Probability 1e-9").Warnings), StringComparison.Ordinal);
        Assert.Empty(workspace.Good("Export-TinySoraFrame data all -Probability 1").Warnings);
    }

    [Theory]
    [InlineData("Start-TinySoraTraining ./data")]
    [InlineData("Start-TinySoraTraining ./data -Queue")]
    [InlineData("Measure-TinySoraModel ./data")]
    [InlineData("Find-TinySoraLearningRate ./data")]
    [InlineData("Get-TinySoraConfig ./data")]
    [InlineData("Test-TinySoraDataset data -Config ./data")]
    public void Folder_in_place_of_a_configuration_is_reported_as_such(string line)
    {
        Directory.CreateDirectory(workspace.At("data"));
        var error = workspace.Bad(line, "TinySora.Config.IsFolder", ErrorCategory.InvalidArgument);
        Assert.Contains("-DataPath", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Write("data/config.yaml", Workspace.TinyConfig);
        error = workspace.Bad(line, "TinySora.Config.IsFolder", ErrorCategory.InvalidArgument);
        Assert.Contains("config.yaml", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("New-TinySoraConfig shapes-lean", "shapes-lean.yaml")]
    [InlineData("New-TinySoraConfig shapes-lean my.yaml", "my.yaml")]
    [InlineData("New-TinySoraConfig my.yaml shapes-lean", "my.yaml")]
    [InlineData("New-TinySoraConfig -Preset shapes-lean", "shapes-lean.yaml")]
    [InlineData("New-TinySoraConfig -Preset shapes-lean sub/my.yaml", "sub/my.yaml")]
    public void Preset_and_path_are_accepted_in_either_order(string line, string file)
    {
        workspace.Good(line);
        Assert.Equal(
            workspace.Good("New-TinySoraConfig -Preset shapes-lean -Path same.yaml; Get-Content same.yaml -Raw").Objects[^1],
            File.ReadAllText(workspace.At(file)));
    }

    [Theory]
    [InlineData("New-TinySoraDataset new/folder -Source bad.gif")]
    [InlineData("New-TinySoraDataset new/folder -Source bad.txt")]
    [InlineData("New-TinySoraDataset new/folder -Source bad.zip")]
    [InlineData("New-TinySoraDataset new/folder -Source bad.zip -Kind Archive")]
    [InlineData("Export-TinySoraFrame bad.gif new/folder")]
    [InlineData("New-TinySoraCaption bad.gif new/folder/captions.csv")]
    [InlineData("Export-TinySoraContactSheet bad.gif -OutputPath new/folder/sheet.png")]
    [InlineData("Export-TinySoraLatent data -Checkpoint clips-vae -OutputPath new/folder")]
    [InlineData("Invoke-TinySoraGenerate x -Checkpoint bad.zip -OutputPath new/folder")]
    [InlineData("Start-TinySoraTraining tiny.yaml -ResultsPath new/folder")]
    public void Failed_command_leaves_no_new_folder(string line)
    {
        workspace.Write("data/bad.gif", "x");
        foreach (var name in (string[])["bad.gif", "bad.txt", "bad.zip"])
        {
            workspace.Write(name, "x");
        }

        Assert.NotEmpty(workspace.Run(line).Errors);
        Assert.False(Directory.Exists(workspace.At("new")));
    }

    [Fact]
    public void Failed_command_keeps_files_of_the_user()
    {
        workspace.Write("bad.gif", "x");
        workspace.Write("kept/note.md", "mine");
        Directory.CreateDirectory(workspace.At("empty"));
        Assert.NotEmpty(workspace.Run("New-TinySoraDataset kept -Source bad.gif; New-TinySoraDataset empty/new -Source bad.gif").Errors);
        Assert.True(File.Exists(workspace.At("kept", "note.md")));
        Assert.True(Directory.Exists(workspace.At("empty")));
        Assert.False(Directory.Exists(workspace.At("empty", "new")));
    }

    [Fact]
    public void Commands_that_find_nothing_say_so()
    {
        workspace.Good(Draw + " -Count 2");
        var healthy = Assert.Single(workspace.Good("Test-TinySoraDataset data").Information);
        Assert.Contains("(clips examined: 2)", $"{healthy}", StringComparison.Ordinal);
        Assert.Empty(workspace.Good("Test-TinySoraDataset data -Quiet").Information);
        Assert.Contains("contains no checkpoint", Assert.Single(workspace.Good("Get-TinySoraCheckpoint data").Warnings), StringComparison.Ordinal);
        Assert.Contains("contains no checkpoint", Assert.Single(workspace.Good("Get-TinySoraCheckpoint data -Latest").Warnings), StringComparison.Ordinal);
        Assert.Single(workspace.Good("Get-TinySoraRun -Queue").Information);
    }

    [Theory]
    [InlineData("Start-TinySoraTraining -Set @{ ", "'trainer.train_lr' = ")]
    [InlineData("Start-TinySoraTraining -Set @{", "'trainer.train_lr' = ")]
    [InlineData("Start-TinySoraTraining -Set @{ 'trainer.", "'trainer.train_lr' = ")]
    [InlineData("Start-TinySoraTraining -Set @{ \"trainer.train", "\"trainer.train_lr\" = ")]
    [InlineData("Start-TinySoraTraining -Set @{ trainer.", "'trainer.train_lr' = ")]
    [InlineData("Start-TinySoraTraining shapes-lean -Set @{ 'diffusion.height' = 16, 32; 'trainer.", "'trainer.train_lr' = ")]
    [InlineData("Start-TinySoraTraining -Set @{ 'model.dim' = (1 + 2)\n 'trainer.", "'trainer.train_lr' = ")]
    [InlineData("Invoke-TinySoraGenerate x -Set @{ ", "'Steps' = ")]
    [InlineData("Invoke-TinySoraGenerate x -Set @{ 'St", "'Steps' = ")]
    [InlineData("Measure-TinySoraAdherence shapes-lean -Set @{ Eta = 1; ", "'Steps' = ")]
    public void Keys_are_completed_inside_a_hashtable(string line, string expected)
    {
        var offered = workspace.Completed(line).Select(result => result.CompletionText).ToList();
        Assert.Contains(expected, offered);
        var typed = line[(line.LastIndexOfAny(['{', ';', '\n']) + 1)..].Trim().Trim('\'', '"');
        Assert.All(offered, text => Assert.StartsWith(typed, text[1..], StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("Start-TinySoraTraining -Set trainer.train_l", "@{'trainer.train_lr'=")]
    [InlineData("Invoke-TinySoraGenerate x -Set guid", "@{'GuidanceScale'=")]
    public void Key_typed_without_a_hashtable_is_completed_to_one(string line, string expected) =>
        Assert.Contains(expected, workspace.Completed(line).Select(result => result.CompletionText));

    [Theory]
    [InlineData("Start-TinySoraTraining -Set @{ 'trainer.train_lr' = 1; 'trainer.train_l")]
    [InlineData("Start-TinySoraTraining -Set @{ 'trainer.train_lr' = 'trainer.")]
    [InlineData("Start-TinySoraTraining -Set @{ a = { 'trainer.")]
    [InlineData("Get-ChildItem -Path @{ 'trainer.")]
    public void Keys_already_given_and_values_are_not_completed_as_keys(string line) =>
        Assert.DoesNotContain(workspace.Completed(line), result => result.CompletionText.StartsWith("'trainer.train_lr", StringComparison.Ordinal));

    [Fact]
    public void Completion_is_restored_when_the_module_is_removed()
    {
        // In a separate process: PowerShell offers a removed module's cmdlets to no later session.
        var (code, output, error) = Pwsh.Run(
            workspace.Folder, Workspace.ModuleFolder, "$with = \"$function:TabExpansion2\"; Remove-Module TinySora;",
            "$with -eq \"$function:TabExpansion2\"; (TabExpansion2 'Get-ChildIt' 11).CompletionMatches[0].CompletionText");
        Assert.True(code == ExitCode.Success, error);
        Assert.Equal(["False", "Get-ChildItem"], output.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("Invoke-TinySoraGenerate 'a red ")]
    [InlineData("Measure-TinySoraAdherence shapes-lean 'a red ")]
    [InlineData("Measure-TinySoraAdherence -Prompt 'a red ")]
    [InlineData("Show-TinySoraRun -Prompt 'a red ")]
    [InlineData("Compare-TinySoraRun -Prompt 'a red ")]
    public void Next_word_of_a_prompt_is_completed(string line) =>
        Assert.Contains("'a red square'", workspace.Completed(line).Select(result => result.CompletionText));

    [Theory]
    [InlineData("Invoke-TinySoraGenerate a red")]
    [InlineData("Invoke-TinySoraGenerate a red circle")]
    [InlineData("Invoke-TinySoraGenerate a red circle moving")]
    [InlineData("Invoke-TinySoraGenerate a red circle moving right -Count 2")]
    public void Prompt_without_quotes_is_refused_with_advice_to_quote_it(string line) => Assert.Contains(
        $"'{line.Replace(" -Count 2", "", StringComparison.Ordinal)["Invoke-TinySoraGenerate ".Length..]}'", workspace.Bad(line, "TinySora.Input.UnquotedPrompt", ErrorCategory.InvalidArgument).ErrorDetails!.RecommendedAction, StringComparison.Ordinal);

    [Theory]
    [InlineData("Invoke-TinySoraGenerate a red circle -OutputPath out", "'a red circle'")]
    [InlineData("Invoke-TinySoraGenerate a red circle -Checkpoint shapes-lean", "'a red circle'")]
    [InlineData("Invoke-TinySoraGenerate a half-full 3d glass -OutputPath out", "'a half-full 3d glass'")]
    public void Named_parameters_are_not_taken_for_words_of_an_unquoted_prompt(string line, string expected) => Assert.Contains(
        expected, workspace.Bad(line, "TinySora.Input.UnquotedPrompt", ErrorCategory.InvalidArgument).ErrorDetails!.RecommendedAction, StringComparison.Ordinal);

    [Theory]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' './run' './videos' extra")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' 'a blue square' 'a star' x")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' a b -5")]
    public void Surplus_argument_is_named(string line) => workspace.Bad(line, "TinySora.Input.ExtraArgument", ErrorCategory.InvalidArgument);

    [Theory]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' -Sohw", "did you mean -Show?")]
    [InlineData("Invoke-TinySoraGenerate 'a red circle' -Xyzzy 3", "no parameter -Xyzzy.")]
    public void Mistyped_parameter_is_named(string line, string expected) => Assert.Contains(
        expected, workspace.Bad(line, "TinySora.Input.UnknownParameter", ErrorCategory.InvalidArgument).Exception.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Invoke-TinySoraGenerate x -Steps abc", "Use digits only")]
    [InlineData("New-TinySoraDataset data -Count many", "Use digits only")]
    [InlineData("New-TinySoraDataset data -Count 2.5", "Use digits only")]
    [InlineData("Start-TinySoraTraining -ThreadCount 2000", "from 1 to 1024")]
    [InlineData("Invoke-TinySoraGenerate x -GuidanceScale abc", "Use a number with a decimal point")]
    [InlineData("Invoke-TinySoraGenerate x -Seed 99999999999999999999", "64 bits")]
    [InlineData("Invoke-TinySoraGenerate x -Seed '99999999999999999999'", "64 bits")]
    [InlineData("Start-TinySoraTraining -Seed 1e30", "64 bits")]
    [InlineData("Start-TinySoraTraining -MaxSteps many", "Use digits only")]
    public void Invalid_numbers_are_refused_with_a_valid_example(string line, string expected)
    {
        var error = Assert.Single(workspace.Run(line).Errors);
        Assert.Contains(expected, error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("correct format", error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@{ Prompt = 'a'; Mix = 0.5 }")]
    [InlineData("@{ Prompt = 'a'; Checkpoint = 'nowhere' }")]
    [InlineData("@{ Prompt = 'a'; From = 'nowhere.gif' }")]
    [InlineData("@{ Prompt = 'a (b' }")]
    [InlineData("@{ Prompt = '' }")]
    [InlineData("@{ Promt = 'a' }")]
    [InlineData("@{ Prompt = 'a'; Sampler = 'nope' }")]
    [InlineData("@{ Prompt = 'a'; Seed = '99999999999999999999' }")]
    [InlineData("@{ Prompt = 'a'; Steps = 0 }")]
    [InlineData("@{ Prompt = 'a'; Steps = 1001 }")]
    [InlineData("@{ Config = 'tiny.yaml'; MaxSteps = 0 }", "Start-TinySoraTraining")]
    [InlineData("@{ Config = 'tiny.yaml'; ThreadCount = 2000 }", "Start-TinySoraTraining")]
    [InlineData("@{ Config = 'nope' }", "Start-TinySoraTraining")]
    [InlineData("@{ DataPath = 'nowhere' }", "Start-TinySoraTraining -WhatIf:$false")]
    [InlineData("@{ Config = 'tiny.yaml'; Until = 'someday' }", "Start-TinySoraTraining")]
    [InlineData("@{ Config = 'tiny.yaml'; Until = 'someday' }", "Start-TinySoraTraining -Queue")]
    public void Error_of_a_row_has_its_number(string row, string command = "Invoke-TinySoraGenerate -OutputPath out -Checkpoint shapes-lean")
    {
        command = row.Contains("Checkpoint", StringComparison.Ordinal) ? "Invoke-TinySoraGenerate -OutputPath out" : command;
        var before = command.StartsWith("Start", StringComparison.Ordinal) ? "" : "[pscustomobject]@{ Prompt = 'a red circle'; Steps = 1 }, ";
        var error = Assert.Single(workspace.Run($"{before}[pscustomobject]{row} | {command}").Errors);
        Assert.Contains($"row {(before.Length == 0 ? 1 : 2)}", error.ErrorDetails!.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Table_of_captions_is_accepted_as_a_table_of_prompts()
    {
        workspace.Write("films.csv", "video,caption\na.avi,a red circle\nb.avi,a blue square\n");
        Assert.Equal(["a red circle", "a blue square"], workspace.Good("Import-Csv films.csv | Invoke-TinySoraGenerate -Steps 1").Values("Prompt"));
    }

    [Theory]
    [InlineData("-Frames 20", 1)]
    [InlineData("-Frames 5", 0)]
    [InlineData("-Set @{ Frames = '9' }", 1)]
    public void More_frames_than_in_training_cause_a_warning(string frames, int warnings) =>
        Assert.Equal(
            warnings, workspace.Good($"'a red circle', 'a blue square' | Invoke-TinySoraGenerate -Steps 1 {frames}").Warnings
                .Count(text => text.Contains("frames", StringComparison.Ordinal)));

    [Fact]
    public void Tables_show_why_a_run_failed_and_what_is_wrong_with_a_checkpoint()
    {
        workspace.Good(Draw + " -Count 4 | Start-TinySoraTraining tiny.yaml");
        var status = workspace.At("saved_models", "status.json");
        var fields = JsonNode.Parse(File.ReadAllText(status))!.AsObject();
        (fields["state"], fields["problem"]) = ("Failed", "the disk is gone");
        File.WriteAllText(status, fields.ToJsonString());
        Assert.Contains("disk", (string)workspace.Good("Get-TinySoraRun | Out-String -Width 80").Objects[0]!, StringComparison.Ordinal);
        workspace.Write("saved_models/step-00000009.safetensors", "x");
        Assert.Contains("bytes", (string)workspace.Good("Get-TinySoraCheckpoint | Out-String -Width 80").Objects[0]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-DataPath nowhere", "TinySora.Data.FolderMissing")]
    [InlineData("-DataPath data -InitialCheckpoint nowhere", "TinySora.Checkpoint.NotFound")]
    [InlineData("-DataPath data -Device cuda:99", "TinySora.Runtime.NoSuchGpu")]
    public void Parameters_are_checked_even_outside_the_hours(string parameters, string id)
    {
        workspace.Good(Draw + " -Count 4");
        var hours = $"{DateTime.Now.AddHours(5):HH:mm}-{DateTime.Now.AddHours(6):HH:mm}";
        var error = Assert.Single(workspace.Run($"Start-TinySoraTraining tiny.yaml -Between {hours} {parameters}").Errors);
        Assert.StartsWith(id, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(workspace.Names("saved_models"));
    }

    /// <summary>The terminal of the tests is 120 characters wide.</summary>
    [Theory]
    [InlineData("Test-TinySoraInstallation", "Detail", "Advice")]
    [InlineData("New-TinySoraCaption data -Force", "Caption")]
    public void Tables_wrap_text_between_words(string line, params string[] properties)
    {
        workspace.Good(Draw + " -Count 2");
        var run = workspace.Good($"{line} | Tee-Object -Variable made | Select-Object {string.Join(", ", properties)}; $made | Out-String -Width 120");
        var words = ((string)run.Objects[^1]!).Split((char[]?)null).ToHashSet();
        Assert.All(
            properties.SelectMany(run.Values).SelectMany(text => $"{text}".Split((char[]?)null)).Where(word => word.Length < 40), word => Assert.Contains(word, words));
    }

    [Theory]
    [InlineData("diffusion.sampling_steps=4, b", 20, "diffusion.sampling_\nsteps=4, b")]
    [InlineData("one two", 5, "one\ntwo\nnote", "note")]
    public void Words_longer_than_a_line_are_broken_after_punctuation(string text, int width, string expected, string note = "") =>
        Assert.Equal(expected, Assert.Single(workspace.Good($"& (Get-Module TinySora) {{ Show-Text '{text}' {width} '{note}' }}").Objects));

    [Theory]
    [InlineData(80)]
    [InlineData(110)]
    public void Comparison_fits_the_terminal_and_shows_differences(int width)
    {
        workspace.Good(Draw + " -Count 4");
        foreach (var (folder, set) in (ReadOnlySpan<(string, string)>)[
            ("monday/lean", "'model.dim' = 8; 'trainer.train_lr' = 1e-4"),
            ("tuesday/lean", "'model.dim' = 8; 'trainer.train_lr' = 3e-4; 'trainer.max_grad_norm' = 5"),
            ("other", "'model.dim' = 8; 'trainer.train_lr' = 1e-4; 'trainer.results_folder' = './other'")])
        {
            var results = folder == "other" ? "" : $"-ResultsPath {folder}";
            workspace.Good($"Start-TinySoraTraining tiny.yaml -MaxSteps 1 -Set @{{ {set} }} {results}");
        }

        var run = workspace.Good("Compare-TinySoraRun monday, tuesday, other");
        Assert.Equal(["monday/lean", "tuesday/lean", "other"], run.Values("Name"));
        Assert.Equal(
            ["max_grad_norm=null, train_lr=0.0001", "max_grad_norm=5.0, train_lr=0.0003", "max_grad_norm=null, train_lr=0.0001"],
            run.Values("Settings").Select(settings => string.Join(", ", $"{settings}".Split(", ").Order(StringComparer.Ordinal))));
        foreach (var line in (string[])["Compare-TinySoraRun monday, tuesday, other", "Get-TinySoraRun monday"])
        {
            var text = (string)workspace.Good($"{line} | Out-String -Width {width}").Objects[0]!;
            Assert.Contains("monday/lean", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u2026", text, StringComparison.Ordinal);
            Assert.All(text.ReplaceLineEndings("\n").Split('\n'), row => Assert.True(row.Length <= width, row));
            Assert.Equal(line.StartsWith("Compare", StringComparison.Ordinal), text.Contains("train_lr=0.0003", StringComparison.Ordinal));
        }
    }
}
