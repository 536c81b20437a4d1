using System.Management.Automation;
using System.Text;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class GenerateTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace = trained.Workspace;
    private readonly string output = $"out-{Guid.NewGuid():N}";

    [Fact]
    public void Prompt_becomes_a_readable_GIF()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate 'a red circle moving right' -OutputPath {output} -Seed 5");
        Assert.Equal(workspace.At(output, "a_red_circle_moving_right.gif"), Assert.Single(run.Values("Path")));
        Assert.Equal(5L, Assert.Single(run.Values("Seed")));
        Assert.Equal((2, 16, 16), (run.Values("Frames")[0], run.Values("Width")[0], run.Values("Height")[0]));
        Assert.Equal("GIF89a"u8.ToArray(), File.ReadAllBytes(workspace.At(output, "a_red_circle_moving_right.gif"))[..6]);
        // The contact sheet reads the GIF.
        workspace.Good($"Export-TinySoraContactSheet {output}/*.gif -OutputPath {output}/sheet.png");
    }

    [Fact]
    public void Rows_of_a_CSV_provide_settings_and_empty_cells_use_defaults()
    {
        workspace.Write($"{output}.csv", "Prompt,Seed,GuidanceScale,Steps,OutputName\na red circle,7,1.5,3,first\na blue star,,,,\n");
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(["first.gif", "a_blue_star.gif"], run.Values("Path").Select(p => Path.GetFileName((string)p!)));
        Assert.Equal((7L, 1.5, 3), (run.Values("Seed")[0], run.Values("GuidanceScale")[0], run.Values("Steps")[0]));
        Assert.Equal((2.0, 2), (run.Values("GuidanceScale")[1], run.Values("Steps")[1]));
    }

    [Fact]
    public void Invalid_row_is_one_error_and_the_others_continue()
    {
        workspace.Write($"{output}.csv", "Prompt,Sampler\na red circle,\n,\na blue star,none\na green square,\n");
        var run = workspace.Run($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(["a_green_square.gif", "a_red_circle.gif"], workspace.Names(output));
        Assert.Equal(
            ["TinySora.Generation.EmptyPrompt", "TinySora.Model.UnknownSampler"],
            run.Errors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(["Row 2: ", "Row 3: "], run.Errors.Select(e => e.ErrorDetails.Message[..7]));
        Assert.Equal(["", "none"], run.Errors.Select(e => ((PSObject)e.TargetObject).Properties["Sampler"].Value));
    }

    [Fact]
    public void Option_names_of_the_original_projects_work()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate -Text 'a red circle' -ModelPath saved_models -OutputDir {output} -BatchSize 2 -CondScale 1");
        Assert.Equal(["a_red_circle_0.gif", "a_red_circle_1.gif"], workspace.Names(output));
        Assert.Equal([1.0, 1.0], run.Values("GuidanceScale"));
    }

    [Fact]
    public void Checkpoint_and_training_result_are_accepted_from_the_pipeline_with_a_prompt()
    {
        var checkpoint = workspace.Good($"Get-TinySoraCheckpoint | Select-Object -Last 1 | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath {output}");
        Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), Assert.Single(checkpoint.Values("Checkpoint")));
        workspace.Good($"Start-TinySoraTraining tiny.yaml | Invoke-TinySoraGenerate -Prompt 'a blue star' -OutputPath {output}");
        Assert.Equal(["a_blue_star.gif", "a_red_circle.gif"], workspace.Names(output));
    }

    [Fact]
    public void Checkpoint_is_selected_by_step_and_device_by_number()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint 3 -OutputPath {output}");
        Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), Assert.Single(run.Values("Checkpoint")));
        // A folder takes precedence, such as one named by a date.
        workspace.Good("Copy-Item saved_models 20261127 -Recurse");
        Assert.Equal([workspace.At("20261127", "step-00000003.safetensors")], workspace.Good($"Invoke-TinySoraGenerate 'a blue star' -Checkpoint 20261127 -OutputPath {output}").Values("Checkpoint"));
        var step = workspace.Bad($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint 4 -OutputPath {output}", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        Assert.Equal(workspace.At("saved_models", "step-00000004.safetensors"), step.TargetObject);
        var gpu = workspace.Bad($"Invoke-TinySoraGenerate 'a red circle' -Device 99 -OutputPath {output}", "TinySora.Runtime.NoSuchGpu", ErrorCategory.ResourceUnavailable);
        Assert.Equal("cuda:99", gpu.TargetObject);
    }

    [Fact]
    public void Piped_video_is_reproduced_exactly()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} | Invoke-TinySoraGenerate -OutputPath {output}/again");
        Assert.Equal(
            File.ReadAllBytes(workspace.At(output, "a_red_circle.gif")), File.ReadAllBytes(workspace.At(output, "again", "a_red_circle.gif")));
    }

    [Fact]
    public void Strings_from_the_pipeline_are_prompts()
    {
        workspace.Write($"{output}.csv", "Text\na red circle\n");
        Assert.Equal("a red circle", Assert.Single(workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}").Values("Prompt")));
    }

    [Fact]
    public void Table_without_a_prompt_is_refused_with_its_columns()
    {
        workspace.Write($"{output}.csv", "Promt,Seed\na red circle,1\n");
        var error = workspace.Bad(
            $"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Input.NoPrompt", ErrorCategory.InvalidArgument);
        Assert.Contains("'Promt', 'Seed'", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Empty(workspace.Names(output));
    }

    [Fact]
    public void Existing_video_is_kept_without_force()
    {
        var line = $"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output}/mine.gif";
        workspace.Good($"{line} -Seed 1");
        var before = File.ReadAllBytes(workspace.At(output, "mine.gif"));
        workspace.Bad($"{line} -Seed 2", "TinySora.Generation.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal(before, File.ReadAllBytes(workspace.At(output, "mine.gif")));
        workspace.Good($"{line} -Seed 2 -Force");
        Assert.NotEqual(before, File.ReadAllBytes(workspace.At(output, "mine.gif")));
    }

    [Fact]
    public void Prompts_and_seeds_have_separate_files()
    {
        foreach (var prompt in new[] { "a red circle moving right", "a red circle moving left", "ein größerer Ball", "赤い円" })
        {
            workspace.Good($"Invoke-TinySoraGenerate '{prompt}' -OutputPath {output}");
        }

        workspace.Good($"Invoke-TinySoraGenerate '赤い円' -OutputPath {output}");
        Assert.Equal(
            ["a_red_circle_moving_left.gif", "a_red_circle_moving_right.gif", "ein_größerer_ball.gif", "赤い円.gif", "赤い円_2.gif"], workspace.Names(output));
        workspace.Write($"{output}.csv", "Prompt,NameWords\na red circle moving right,2\na blue star growing,\n");
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}/few");
        Assert.Equal(["a_red.gif", "a_blue_star_growing.gif"], run.Values("Path").Select(p => Path.GetFileName((string)p!)));
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle moving right' -NameWords 3 -OutputPath {output}/few");
        Assert.Contains("a_red_circle.gif", workspace.Names($"{output}/few"));
        workspace.Bad($"Invoke-TinySoraGenerate x -NameWords 0 -OutputPath {output}", "TinySora.Generation.BadSetting", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Missing_ffmpeg_is_reported_before_sampling_and_GIF_does_not_need_it()
    {
        var pipeline = $"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output}/video.mp4";
        workspace.BadWithoutPrograms(pipeline, "TinySora.Media.FFmpegMissing", ErrorCategory.NotInstalled);
        Assert.False(Directory.Exists(workspace.At(output)));
        workspace.WithoutPrograms(() => workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output}/video.gif"));
        Assert.Equal(["video.gif"], workspace.Names(output));
    }

    [Fact]
    public void WhatIf_writes_nothing_and_WhatIf_false_writes()
    {
        Assert.Empty(workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At(output)));
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} -WhatIf:$false");
        Assert.Single(workspace.Names(output));
    }

    [Fact]
    public void Predictions_at_an_interval_are_drawn_next_to_the_video()
    {
        var line = $"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} -Seed 1 -Steps 4 -GuessEvery 2";
        Assert.Empty(workspace.Good(line + " -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At(output)));
        Assert.Equal([workspace.At(output, "a_red_circle.guess-every-2.png")], workspace.Good(line).Values("GuessPath"));
        Assert.Equal(["a_red_circle.gif", "a_red_circle.guess-every-2.png"], workspace.Names(output));
        Assert.Equal([true], workspace.Good(line).Values("Skipped"));

        // Two strips of frames, one below the other.
        Assert.InRange(workspace.PictureSize($"{output}/a_red_circle.guess-every-2.png").Height, 2 * 96, 3 * 96);
        workspace.Bad(
            $"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} -Steps 4 -GuessEvery 5", "TinySora.Generation.BadSetting", ErrorCategory.InvalidArgument);
        Assert.IsAssignableFrom<ParameterBindingException>(workspace.Run("Invoke-TinySoraGenerate x -GuessEvery 0").Errors[0].Exception);
    }

    [Theory]
    [InlineData("gif", 5, 5)]
    [InlineData("gif", 24, 25)] // in hundredths of a second
    [InlineData("mp4", 24, 24)]
    public void Videos_have_the_requested_frame_rate(string format, int requested, int shown)
    {
        var line = $"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} -OutputName film -Seed 1 -Format {format}";
        var file = workspace.At(output, $"film.{format}");
        if (format == "mp4")
        {
            Needs.FFmpeg();
        }

        workspace.Good($"{line} -FramesPerSecond {requested}");
        Assert.Equal(2.0 / shown, ((TimeSpan)workspace.Good($"Get-TinySoraDataset {output}").Values("Duration")[0]!).TotalSeconds, 5);
        workspace.Good($"Get-TinySoraRecipe {output}/*.{format} | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(workspace.At(output, $"film_remade.{format}")));
        workspace.Bad(line, "TinySora.Generation.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad($"{line} -FramesPerSecond 0 -Force", "TinySora.Generation.BadSetting", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Stopping_the_pipeline_downstream_ends_the_work()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 4 -OutputPath {output} | Select-Object -First 1");
        Assert.Equal(["a_red_circle_0.gif"], workspace.Names(output));
    }

    [Fact]
    public void Rows_with_equal_settings_are_sampled_together_and_written_one_by_one()
    {
        workspace.Write($"{output}.csv", "Prompt,Seed,Steps,OutputName\n" + string.Concat(Enumerable.Range(0, 7).Select(i => $"a red circle,{i},{(i < 5 ? 2 : 3)},v{i}\n")));
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(Enumerable.Range(0, 7).Select(i => (object)(long)i), run.Values("Seed"));
        Assert.Equal([1, 4, 4, 4, 4, 2, 2], run.Values("BatchLength"));
        workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.All(Enumerable.Range(0, 7), i => Assert.Equal(
            File.ReadAllBytes(workspace.At(output, $"v{i}.gif")), File.ReadAllBytes(workspace.At(output, $"v{i}_remade.gif"))));

        workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}/one -Exact");
        Assert.All(workspace.Good($"Get-TinySoraRecipe {output}/one/*.gif").Values("BatchLength"), length => Assert.Equal(1, length));
        workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}/first | Select-Object -First 1");
        Assert.Equal(["v0.gif"], workspace.Names($"{output}/first"));
    }

    [Fact]
    public void Prompts_are_read_from_lines_JSON_and_tables()
    {
        workspace.Write($"{output}.txt", "a red circle\na blue star\n");
        Assert.Equal(["a red circle", "a blue star"], workspace.Good($"Get-Content {output}.txt | Invoke-TinySoraGenerate -OutputPath {output}/lines").Values("Prompt"));
        workspace.Write($"{output}.json", """
            [{"Prompt": "a red circle", "Seed": 5, "GuidanceScale": 1.5, "OutputName": "first"},
             {"Prompt": "a blue star", "Seed": null, "Steps": 3}]
            """);
        var run = workspace.Good($"Get-Content {output}.json -Raw | ConvertFrom-Json | Invoke-TinySoraGenerate -OutputPath {output}/json");
        Assert.Equal((5L, 1.5, 3), (run.Values("Seed")[0], run.Values("GuidanceScale")[0], run.Values("Steps")[1]));
        Assert.Equal(["a_blue_star.gif", "first.gif"], workspace.Names($"{output}/json"));
    }

    [Fact]
    public void Finished_rows_are_skipped_and_still_written_to_the_pipeline()
    {
        workspace.Write($"{output}.csv", "Prompt,Seed\na red circle,1\na red circle,2\na green square,3\n");
        var line = $"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output} -Verbose";
        var first = workspace.Good(line);
        File.Delete(workspace.At(output, "a_green_square.gif"));
        var second = workspace.Good(line);
        Assert.Equal([true, true, false], second.Values("Skipped"));
        Assert.Equal(first.Values("Path"), second.Values("Path"));
        Assert.Equal(first.Values("Seed"), second.Values("Seed"));
        Assert.Equal(2, second.Verbose.Count(v => v.StartsWith("Skipped", StringComparison.Ordinal)));
        Assert.Equal([false, false, false], workspace.Good(line + " -Force").Values("Skipped"));

        // One of the rows alone, and all rows below an additional one.
        var one = workspace.Good($"Import-Csv {output}.csv | Where-Object Seed -eq 2 | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal((true, first.Values("Path")[1]), (one.Values("Skipped")[0], one.Values("Path")[0]));
        workspace.Write($"{output}.csv", "Prompt,Seed\na red circle,9\na red circle,1\na red circle,2\na green square,3\n");
        Assert.Equal([false, true, true, true], workspace.Good(line).Values("Skipped"));
    }

    [Theory]
    [InlineData("Seed", "seven")]
    [InlineData("Steps", "2.5")]
    [InlineData("Steps", "1,000")]
    [InlineData("GuidanceScale", "2,5")]
    [InlineData("CondScale", "1,5 oder so")]
    [InlineData("Noise", "0,5")]
    public void Invalid_value_is_an_error_of_its_row(string column, string value)
    {
        workspace.Write($"{output}.csv", $"Prompt,{column}\na red circle,\na blue star,\"{value}\"\na green square,\n");
        var error = workspace.Bad($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Input.BadValue", ErrorCategory.InvalidArgument);
        Assert.Contains($"{column} of row 2 is '{value}'", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Equal(["a_green_square.gif", "a_red_circle.gif"], workspace.Names(output));
    }

    /// <summary>PowerShell would silently round numbers that are not text to integers.</summary>
    [Theory]
    [InlineData("Seed", "6.5", "6.5")]
    [InlineData("Steps", "[decimal]2.5", "2.5")]
    [InlineData("Count", "1.5", "1.5")]
    [InlineData("Seed", "$true", "True")]
    [InlineData("FramesPerSecond", "'fast'", "fast")]
    [InlineData("Frames", "2.5", "2.5")]
    public void Fraction_in_place_of_an_integer_is_an_error_of_its_row(string column, string value, string shown)
    {
        var error = workspace.Bad(
            $"[pscustomobject]@{{ Prompt = 'a red circle'; {column} = {value} }} | Invoke-TinySoraGenerate -OutputPath {output}",
            "TinySora.Input.BadValue", ErrorCategory.InvalidArgument);
        Assert.Contains($"{column} of row 1 is '{shown}'", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Equal([7L], workspace.Good($"@{{ Prompt = 'a red circle'; Seed = 7.0 }} | Invoke-TinySoraGenerate -OutputPath {output}").Values("Seed"));
    }

    [Fact]
    public void Row_may_set_frame_rate_and_size_like_parameters()
    {
        var path = (string)workspace.Good($"@{{ Prompt = 'a red circle'; FramesPerSecond = '5' }} | Invoke-TinySoraGenerate -OutputPath {output}").Values("Path").Single()!;
        var gif = File.ReadAllBytes(path);
        Assert.Equal(20, gif[gif.AsSpan().IndexOf([(byte)0x21, (byte)0xF9, (byte)4]) + 4]); // in hundredths of a second

        var asParameter = workspace.Run($"Invoke-TinySoraGenerate 'a red circle' -Frames 7 -OutputPath {output}").Errors.Single();
        var asColumn = workspace.Run($"@{{ Prompt = 'a red circle'; Frames = 7 }} | Invoke-TinySoraGenerate -OutputPath {output}").Errors.Single();
        Assert.Equal(asParameter.FullyQualifiedErrorId, asColumn.FullyQualifiedErrorId);
    }

    /// <summary>For example a line break within a spreadsheet's cell.</summary>
    [Fact]
    public void Characters_not_allowed_in_recipes_become_spaces()
    {
        var line = $"Invoke-TinySoraGenerate \"a red$([char]11)circle\" -Seed 1 -OutputPath {output}";
        var first = workspace.Good(line);
        Assert.Equal(["a red circle"], first.Values("Prompt"));
        Assert.Equal([true], workspace.Good(line).Values("Skipped"));
        Assert.Equal(["a red circle"], workspace.Good($"Get-TinySoraRecipe {output}/*.gif").Values("Prompt"));
    }

    [Fact]
    public void Numbers_may_have_spaces_signs_and_exponents()
    {
        workspace.Write($"{output}.csv", "Prompt,Seed,Steps,GuidanceScale\na red circle, 7 ,1e0,15e-1\na blue star,9223372036854775807, ,+2\n");
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal((7L, 1, 1.5), (run.Values("Seed")[0], run.Values("Steps")[0], run.Values("GuidanceScale")[0]));
        Assert.Equal((long.MaxValue, 2, 2.0), (run.Values("Seed")[1], run.Values("Steps")[1], run.Values("GuidanceScale")[1]));
        Assert.Contains("2,5", workspace.Run($"Invoke-TinySoraGenerate x -GuidanceScale '2,5' -OutputPath {output}").Errors.Single().Exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Export-Csv writes numbers in the current culture.</summary>
    [Fact]
    public void Table_with_decimal_commas_is_read_in_cultures_that_use_them()
    {
        workspace.Write($"{output}.csv", "Prompt;Seed;GuidanceScale\na red circle;7;1,5\n");
        var run = workspace.Good($$"""
            $culture = [cultureinfo]::InvariantCulture.Clone()
            $culture.NumberFormat.NumberDecimalSeparator = ','
            $before = [cultureinfo]::CurrentCulture
            [cultureinfo]::CurrentCulture = $culture
            try { Import-Csv {{output}}.csv -Delimiter ';' | Invoke-TinySoraGenerate -OutputPath {{output}} } finally { [cultureinfo]::CurrentCulture = $before }
            """);
        Assert.Equal([1.5], run.Values("GuidanceScale"));
    }

    [Fact]
    public void Several_prompts_may_be_named_together()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate 'a red circle','a blue star' -Count 2 -Seed 1 -OutputPath {output}");
        Assert.Equal(["a red circle", "a red circle", "a blue star", "a blue star"], run.Values("Prompt"));
        Assert.Equal(["a_blue_star_0.gif", "a_blue_star_1.gif", "a_red_circle_0.gif", "a_red_circle_1.gif"], workspace.Names(output));
        workspace.Write($"{output}.json", """[{"Prompt": ["a red circle", "a blue star"], "Seed": 5}]""");
        Assert.Equal(
            ["a red circle", "a blue star"],
            workspace.Good($"Get-Content {output}.json -Raw | ConvertFrom-Json | Invoke-TinySoraGenerate -OutputPath {output}").Values("Prompt"));
    }

    [Fact]
    public void Strings_and_hashtables_start_a_pipeline()
    {
        Assert.Equal(["a red circle", "a blue star"], workspace.Good($"'a red circle', 'a blue star' | Invoke-TinySoraGenerate -OutputPath {output}").Values("Prompt"));
        var line = "@{ text = 'a red circle'; Seed = 7; CondScale = '1.5'; Set = @{ Steps = 3 } }, @{ Prompt = 'a blue star'; count = 2; Steps = '' }";
        var run = workspace.Good($"{line} | Invoke-TinySoraGenerate -OutputPath {output}/tables");
        Assert.Equal(["a red circle", "a blue star", "a blue star"], run.Values("Prompt"));
        Assert.Equal((7L, 1.5, 3), (run.Values("Seed")[0], run.Values("GuidanceScale")[0], run.Values("Steps")[0]));
        Assert.Equal((2.0, 2), (run.Values("GuidanceScale")[1], run.Values("Steps")[1]));
        Assert.Equal([8L, 8L], workspace.Good($"{line} | Invoke-TinySoraGenerate -OutputPath {output}/seeds -Seed 8 -Count 1").Values("Seed"));
        var error = workspace.Bad($"@{{ Prompt = 'x' }}, @{{ Prompt = 'x'; GuidanceScale = '2,5' }} | Invoke-TinySoraGenerate -OutputPath {output}/bad", "TinySora.Input.BadValue", ErrorCategory.InvalidArgument);
        Assert.Contains("GuidanceScale of row 2 is '2,5'", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Contains(
            "Promt",
            workspace.Bad($"@{{ Promt = 'x' }} | Invoke-TinySoraGenerate -OutputPath {output}/bad", "TinySora.Input.NoPrompt", ErrorCategory.InvalidArgument).ErrorDetails!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Blank_lines_are_skipped_and_counted()
    {
        workspace.Write($"{output}.txt", "\na red circle\n   \n\na blue star\n\n");
        var run = workspace.Good($"Get-Content {output}.txt | Invoke-TinySoraGenerate -OutputPath {output} -Verbose");
        Assert.Equal(["a red circle", "a blue star"], run.Values("Prompt"));
        Assert.Contains("Skipped 4 blank lines.", run.Verbose);
        Assert.DoesNotContain(run.Warnings, warning => warning.Contains("blank", StringComparison.Ordinal));
        workspace.Write($"{output}.txt", "\n\n");
        workspace.Bad($"Get-Content {output}.txt | Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Generation.EmptyPrompt", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Prompt_of_punctuation_or_with_an_unmatched_parenthesis_is_refused()
    {
        foreach (var prompt in new[] { "!!!", " - ", "(...:1.4)" })
        {
            workspace.Bad($"Invoke-TinySoraGenerate '{prompt}' -OutputPath {output}", "TinySora.Generation.NoWords", ErrorCategory.InvalidArgument);
        }

        var half = workspace.Bad($"Invoke-TinySoraGenerate 'a (b' -OutputPath {output}", "TinySora.Generation.UnpairedParenthesis", ErrorCategory.InvalidArgument);
        Assert.Contains("character 3", half.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At(output)));
        Assert.Equal("video.gif", Path.GetFileName((string)workspace.Run($"Invoke-TinySoraGenerate 🔴 -OutputPath {output}").Values("Path").Single()!));
    }

    [Fact]
    public void Limit_on_GPUs_has_no_effect_without_GPUs()
    {
        workspace.Write($"{output}.csv", "Prompt,Seed\na red circle,1\na blue star,2\n");
        workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output} -Device cpu -ThrottleLimit 4");
        Assert.All(workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output} -Device cpu").Values("Skipped"), skipped => Assert.Equal(true, skipped));
        Assert.IsAssignableFrom<ParameterBindingException>(workspace.Run("Invoke-TinySoraGenerate x -ThrottleLimit 0").Errors[0].Exception);
    }

    [Fact]
    public void Checkpoint_is_opened_once_for_all_rows()
    {
        workspace.Write($"{output}.csv", "Prompt\na red circle\na blue star\n");
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output} -Verbose");
        Assert.Single(run.Verbose, v => v.StartsWith("Opened", StringComparison.Ordinal));
    }

    [Fact]
    public void Unknown_words_cause_a_warning()
    {
        var run = workspace.Run($"Invoke-TinySoraGenerate 'a red, zeppelin!' -OutputPath {output}");
        Assert.EndsWith(": zeppelin.", Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_checkpoint_ends_the_pipeline_with_one_error()
    {
        Directory.CreateDirectory(workspace.At("empty"));
        workspace.Write($"{output}.csv", "Prompt\na red circle\na blue star\n");
        workspace.Bad($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -Checkpoint empty -OutputPath {output}", "TinySora.Checkpoint.NoneInFolder", ErrorCategory.ObjectNotFound);
        workspace.Bad($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -Device gpu -OutputPath {output}", "TinySora.Runtime.UnknownDevice", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Video_between_two_clips_needs_both_and_no_prompt()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 2 -OutputPath {output}");
        workspace.Write($"{output}.csv", $"From,To,Mix,Noise\n{output}/a_red_circle_0.gif,{output}/a_red_circle_1.gif,0.25,\n");
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}/between -Seed 1");
        Assert.Equal(["a_red_circle_0_to_a_red_circle_1.gif"], workspace.Names($"{output}/between"));
        Assert.Equal((0.25, 0.75, null), (run.Values("Mix")[0], run.Values("Noise")[0], run.Values("Prompt")[0]));
        Assert.Equal(workspace.At(output, "a_red_circle_0.gif"), run.Values("From")[0]);
        foreach (var part in new[] { $"-From {output}/a_red_circle_0.gif -Mix 0.5", $"-To {output}/a_red_circle_0.gif", "-Mix 0.5", "-Noise 0.5" })
        {
            workspace.Bad($"Invoke-TinySoraGenerate x {part} -OutputPath {output}/half", "TinySora.Input.HalfAnInterpolation", ErrorCategory.InvalidArgument);
        }

        workspace.Bad($"Invoke-TinySoraGenerate -From nowhere.gif -To {output}/a_red_circle_0.gif -OutputPath {output}/half", "TinySora.Media.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -Mix 2 -OutputPath {output}/half", "TinySora.Generation.MixOutOfRange", ErrorCategory.InvalidArgument);
        Assert.False(Directory.Exists(workspace.At($"{output}/half")));
    }

    [Fact]
    public void Video_starting_from_a_picture_is_reproducible()
    {
        workspace.Good($"Export-TinySoraContactSheet data/*.gif -OutputPath {output}/photo.png");
        var line = $"Invoke-TinySoraGenerate 'a red circle' -From {output}/photo.png -Noise 0.5 -Seed 3 -OutputPath {output}";
        var run = workspace.Good(line);
        Assert.Equal((workspace.At(output, "photo.png"), 0.5, null), (run.Values("From")[0], run.Values("Noise")[0], run.Values("To")[0]));
        Assert.Equal([true], workspace.Good(line).Values("Skipped"));
        workspace.Good($"Get-TinySoraRecipe {output}/a_red_circle.gif | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(File.ReadAllBytes(workspace.At(output, "a_red_circle.gif")), File.ReadAllBytes(workspace.At(output, "a_red_circle_remade.gif")));
        workspace.Write($"{output}.csv", $"Prompt,From,Noise,Seed\na red circle,{output}/photo.png,,3\na red circle,,,3\n");
        Assert.Equal([0.6, null], workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}/rows").Values("Noise"));
        workspace.Bad($"Invoke-TinySoraGenerate x -From {output}/photo.png -Noise 1.5 -OutputPath {output}", "TinySora.Generation.VariationNoise", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Trained_weights_can_be_selected_and_are_reproduced()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Weights Training -Seed 3 -OutputPath {output}");
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Seed 3 -OutputPath {output} -OutputName averaged");
        Assert.Equal(["Training"], run.Values("Weights"));
        workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Export-Csv {output}/recipes.csv");
        Assert.DoesNotContain(
            workspace.Good($"Import-Csv {output}/recipes.csv | Invoke-TinySoraGenerate -OutputPath {output}").Warnings,
            warning => warning.Contains("Weights", StringComparison.Ordinal) || warning.Contains("the model that the recipe was created with", StringComparison.Ordinal));
        foreach (var name in new[] { "a_red_circle", "averaged" })
        {
            Assert.Equal(File.ReadAllBytes(workspace.At(output, $"{name}.gif")), File.ReadAllBytes(workspace.At(output, $"{name}_remade.gif")));
        }

        workspace.Write($"{output}.csv", "Prompt,Weights\na red circle,raw\n");
        workspace.Bad($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Input.BadValue", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Job_generates_rows_in_the_background_and_returns_its_output()
    {
        workspace.Write($"{output}.csv", "Prompt,Seed,Sampler\na red circle,1,\na blue star,2,none\na green square,3,\n");
        var line = $"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output} -AsJob";
        Assert.Empty(workspace.Good(line + " -WhatIf").Objects);
        var session = workspace.Session();
        var job = session.Run($"{line} -Verbose");
        Assert.True(job.Succeeded, job.ErrorOutput);
        Assert.Equal(["TinySoraJob"], job.Values("PSJobTypeName"));
        var run = session.Run("Get-Job | Receive-Job -Wait -Verbose");
        Assert.Equal(["a red circle", "a green square"], run.Values("Prompt"));
        Assert.Equal(["TinySora.Model.UnknownSampler"], run.Errors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Single(run.Verbose, v => v.StartsWith("Opened", StringComparison.Ordinal));
        Assert.Equal(["Completed"], session.Run("Get-Job").Values("JobStateInfo").Select(state => $"{state}"));
        Assert.Equal(["a_green_square.gif", "a_red_circle.gif"], workspace.Names(output));

        var other = workspace.Session();
        var failed = other.Run($"Invoke-TinySoraGenerate x -Checkpoint nowhere -AsJob -OutputPath {output} | Receive-Job -Wait");
        Assert.Equal("TinySora.Checkpoint.NotFound", Assert.Single(failed.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(["Failed"], other.Run("Get-Job").Values("JobStateInfo").Select(state => $"{state}"));
    }

    [Fact]
    public void File_extension_that_contradicts_the_format_is_refused()
    {
        var line = $"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output}/clip.gif -Format";
        workspace.Bad($"{line} mp4", "TinySora.Input.TwoFormats", ErrorCategory.InvalidArgument);
        Assert.Empty(workspace.Names(output));
        Assert.Equal(["clip.gif"], workspace.Good($"{line} GIF").Values("Path").Select(path => Path.GetFileName((string)path!)));
    }

    [Fact]
    public void Piped_prompt_in_addition_to_another_is_refused()
    {
        workspace.Bad($"'a red circle', 'a blue square' | Invoke-TinySoraGenerate 'a star' -OutputPath {output}", "TinySora.Input.TwoPrompts", ErrorCategory.InvalidArgument);
        Assert.Empty(workspace.Names(output));
    }

    /// <summary>Otherwise a row would keep its seed but lose its prompt, and another model would generate it.</summary>
    [Fact]
    public void Checkpoint_in_place_of_a_prompt_is_refused()
    {
        foreach (var path in (string[])["./saved_models", "./saved_models/step-00000003.safetensors"])
        {
            workspace.Bad($"[pscustomobject]@{{ Prompt = 'a red circle'; Seed = 1 }} | Invoke-TinySoraGenerate {path} -OutputPath {output}",
                "TinySora.Input.PromptIsPath", ErrorCategory.InvalidArgument);
        }

        Assert.Empty(workspace.Names(output));
    }

    [Fact]
    public void Stopped_job_keeps_its_written_files()
    {
        var session = workspace.Session();
        session.Run($"Invoke-TinySoraGenerate 'a red circle' -Count 5000 -Exact -OutputPath {output} -AsJob");
        Assert.True(SpinWait.SpinUntil(() => workspace.Names(output, "*.gif").Length > 0, TimeSpan.FromMinutes(2)));
        session.Run("Get-Job | Stop-Job");
        Assert.Equal(["Stopped"], session.Run("Get-Job").Values("JobStateInfo").Select(state => $"{state}"));
        var written = workspace.Names(output);
        Assert.InRange(written.Length, 1, 4999);
        Assert.Equal(written.Length, workspace.Good($"Get-TinySoraRecipe {output}/*.gif").Objects.Count);
    }

    [Fact]
    public void Negative_prompts_are_read_from_the_command_line_or_a_table()
    {
        workspace.Write($"{output}.csv", "Prompt,NegativePrompt,Seed\na red circle,blue,5\na red circle,,5\n");
        var run = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(["blue", null], run.Values("NegativePrompt"));
        var line = workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -NegativePrompt blue -Seed 5 -OutputPath {output}/line.gif");
        Assert.Equal(File.ReadAllBytes((string)run.Values("Path")[0]!), File.ReadAllBytes((string)line.Values("Path")[0]!));
        Assert.NotEqual(File.ReadAllBytes((string)run.Values("Path")[1]!), File.ReadAllBytes((string)line.Values("Path")[0]!));
    }

    [Fact]
    public void Negative_prompt_without_guidance_causes_a_warning()
    {
        var ignored = workspace.Good($"Invoke-TinySoraGenerate 'a red circle', 'a blue star' -NegativePrompt green -GuidanceScale 1 -OutputPath {output}");
        Assert.Single(ignored.Warnings, warning => warning.StartsWith("The negative prompt has no effect", StringComparison.Ordinal));
        var used = workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -NegativePrompt green -GuidanceScale 2 -OutputPath {output}");
        Assert.DoesNotContain(used.Warnings, warning => warning.Contains("negative prompt", StringComparison.Ordinal));
    }

    [Fact]
    public void Vectors_next_to_the_clips_replace_text()
    {
        workspace.Write("vectors.yaml", Workspace.TinyConfig.Replace("learned", "none", StringComparison.Ordinal)
            .Replace("cond_dim: 16", "cond_dim: 2", StringComparison.Ordinal));
        workspace.Good("New-TinySoraDataset -Kind Shapes -Count 2 -ImageSize 16 -Frames 2 -Path vectors");
        foreach (var clip in Directory.GetFiles(workspace.At("vectors"), "*.gif"))
        {
            // The output of numpy.save for np.array([0.5, 1], "<f4").
            var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".PadRight(117) + "\n";
            byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header), 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f];
            File.WriteAllBytes(Path.ChangeExtension(clip, ".npy"), bytes);
        }

        workspace.Good("Start-TinySoraTraining vectors.yaml -DataPath vectors -MaxSteps 1 -ResultsPath vectors_run");
        var run = workspace.Good($"Invoke-TinySoraGenerate -Condition 0.5, 1 -Checkpoint vectors_run -OutputPath {output}");
        Assert.Equal([0.5f, 1], ((IEnumerable<float>)Assert.Single(run.Values("Condition"))!).ToArray());
        workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Export-Csv {output}/vectors.csv");
        var again = workspace.Good($"Import-Csv {output}/vectors.csv | Invoke-TinySoraGenerate -Checkpoint vectors_run -OutputPath {output}");
        Assert.Equal([0.5f, 1], ((IEnumerable<float>)Assert.Single(again.Values("Condition"))!).ToArray());
        workspace.Good($"Get-TinySoraRecipe {output}/video.gif | Invoke-TinySoraGenerate -Checkpoint vectors_run -OutputPath {output}");
        Assert.Equal(File.ReadAllBytes(workspace.At(output, "video.gif")), File.ReadAllBytes(workspace.At(output, "video_remade.gif")));
        workspace.Bad(
            $"Invoke-TinySoraGenerate -Condition 1 -Checkpoint vectors_run -OutputPath {output}", "TinySora.Model.VectorWidth", ErrorCategory.InvalidArgument);
        workspace.Bad($"Invoke-TinySoraGenerate x -Condition 1 -OutputPath {output}", "TinySora.Model.TakesNoVectors", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Eta_applies_only_to_DDIM()
    {
        Assert.Equal(0.5, Assert.Single(workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Eta 0.5 -OutputPath {output}").Values("Eta")));
        workspace.Bad($"Invoke-TinySoraGenerate x -Sampler ddpm -Eta 0.5 -OutputPath {output}", "TinySora.Model.EtaUnused", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Settings_may_be_a_hashtable_and_those_unknown_to_the_model_are_refused_by_name()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Set @{{ Steps = 3; guidancescale = '1.5' }} -GuidanceScale 2.5 -OutputPath {output}");
        Assert.Equal((3, 2.5), (Assert.Single(run.Values("Steps")), Assert.Single(run.Values("GuidanceScale"))));
        workspace.Write($"{output}.json", "{ \"Prompt\": \"x\", \"Set\": { \"Steps\": 4 } }");
        Assert.Equal([4], workspace.Good($"Get-Content {output}.json -Raw | ConvertFrom-Json | Invoke-TinySoraGenerate -OutputPath {output}").Values("Steps"));
        workspace.Bad(
            $"[pscustomobject]@{{ Prompt = 'x'; Set = 'Steps 4' }} | Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Input.BadValue",
            ErrorCategory.InvalidArgument);
        workspace.Bad($"Invoke-TinySoraGenerate x -Set @{{ Temperature = 1 }} -OutputPath {output}", "TinySora.Generation.NotTaken", ErrorCategory.InvalidArgument);
        workspace.Bad($"Invoke-TinySoraGenerate x -Set @{{ Steps = 'many' }} -OutputPath {output}", "TinySora.Generation.BadSetting", ErrorCategory.InvalidArgument);
        workspace.Bad($"Measure-TinySoraAdherence saved_models 'a red circle growing' -Set @{{ Temperature = 1 }}", "TinySora.Generation.NotTaken", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Same_command_runs_on_the_named_device()
    {
        var run = workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Device cpu -OutputPath {output}");
        Assert.Equal(["cpu"], run.Values("DeviceType"));
        Assert.Single(workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Device $null -InputObject $null -OutputPath {output}").Objects); // like an unset variable
        workspace.Bad($"Invoke-TinySoraGenerate 'a red circle' -Device cuda:99 -OutputPath {output}", "TinySora.Runtime.NoSuchGpu", ErrorCategory.ResourceUnavailable);
    }

    [Fact]
    public void Newest_checkpoint_is_the_highest_step_of_a_folder()
    {
        var config = Workspace.TinyConfig.Replace("steps: 3", "steps: 10", StringComparison.Ordinal).Replace("every: 100", "every: 9", StringComparison.Ordinal);
        workspace.Write("ten.yaml", config);
        workspace.Good("Start-TinySoraTraining ten.yaml -ResultsPath ten");
        foreach (var step in new[] { "9", "10" })
        {
            File.Move(workspace.At("ten", $"step-{step.PadLeft(8, '0')}.safetensors"), workspace.At("ten", $"step-{step}.safetensors"));
        }

        var run = workspace.Run($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint ten -OutputPath {output}");
        Assert.Equal(workspace.At("ten", "step-10.safetensors"), Assert.Single(run.Values("Checkpoint")));
    }

    [Fact]
    public void Empty_or_overlong_prompt_is_refused()
    {
        workspace.Bad($"Invoke-TinySoraGenerate '' -OutputPath {output}", "TinySora.Generation.EmptyPrompt", ErrorCategory.InvalidArgument);
        workspace.Bad($"Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Generation.EmptyPrompt", ErrorCategory.InvalidArgument);
        workspace.Bad($"Invoke-TinySoraGenerate {new string('a', 70_000)} -OutputPath {output}", "TinySora.Generation.PromptTooLong", ErrorCategory.InvalidArgument);
        Assert.False(Directory.Exists(workspace.At(output)));
    }

    [Fact]
    public void Unknown_format_or_invalid_name_of_the_output_is_refused()
    {
        workspace.Bad($"Invoke-TinySoraGenerate x -OutputPath {output} -Format bmp", "TinySora.Generation.UnknownFormat", ErrorCategory.InvalidArgument);
        var avi = workspace.Bad($"Invoke-TinySoraGenerate x -OutputPath {output}/clip.avi", "TinySora.Generation.UnknownFormat", ErrorCategory.InvalidArgument);
        Assert.Contains("gif, png, mp4", avi.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At(output)));
        workspace.Bad($"Invoke-TinySoraGenerate x -OutputPath {output} -OutputName ../x", "TinySora.Generation.BadName", ErrorCategory.InvalidArgument);
        workspace.Bad($"Invoke-TinySoraGenerate x -OutputPath {output} -Count 0", "TinySora.Generation.BadCount", ErrorCategory.InvalidArgument);
    }
}
