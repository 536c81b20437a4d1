using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class RecipeTests(RecipeTests.TwoModels models) : IClassFixture<RecipeTests.TwoModels>
{
    private readonly Workspace workspace = models.Workspace;
    private readonly string output = $"out-{Guid.NewGuid():N}";

    [Fact]
    public void Recipes_of_a_batch_make_the_same_files_next_to_the_originals()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 3 -Sampler ddpm -Steps 3 -GuidanceScale 1.5 -NegativePrompt blue -OutputPath {output}");
        var run = workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(
            ["a_red_circle_0_remade.gif", "a_red_circle_1_remade.gif", "a_red_circle_2_remade.gif"],
            run.Values("Path").Select(p => Path.GetFileName((string)p!)));
        Assert.All(Enumerable.Range(0, 3), i => AssertSame($"a_red_circle_{i}.gif", $"a_red_circle_{i}_remade.gif"));
    }

    [Fact]
    public void Named_recipe_is_reproduced_like_a_piped_one()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle', 'a blue star' -Seed 3 -OutputPath {output}");
        workspace.Good($"Invoke-TinySoraGenerate -InputObject (Get-TinySoraRecipe {output}/a_blue_star.gif) -OutputPath {output}");
        AssertSame("a_blue_star.gif", "a_blue_star_remade.gif");
    }

    [Theory]
    [InlineData("png")]
    [InlineData("mp4")]
    public void Other_formats_are_reproduced_in_the_same_format(string format)
    {
        if (format == "mp4")
        {
            Needs.FFmpeg();
        }

        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output} -OutputName a -Format {format} | Get-TinySoraRecipe | Invoke-TinySoraGenerate -OutputPath {output}");
        AssertSame($"a.{format}", $"a_remade.{format}");
    }

    [Fact]
    public void Properties_have_the_names_of_parameters_and_no_folder()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Seed 7 -OutputPath {output}");
        var run = workspace.Good($"Get-TinySoraRecipe {output}/*");
        Assert.Equal(
            ("a red circle", 7L, "ddim", 2, 2.0, "step-00000003.safetensors"),
            (Value("Prompt"), Value("Seed"), Value("Sampler"), Value("Steps"), Value("GuidanceScale"), Value("Checkpoint")));
        Assert.Equal(workspace.At(output, "a_red_circle.gif"), Value("Path"));

        object? Value(string name) => Assert.Single(run.Values(name));
    }

    [Fact]
    public void Table_of_recipes_makes_the_same_file()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 2 -OutputPath {output}");
        workspace.Good($"Get-TinySoraRecipe {output}/a_red_circle_1.gif | Export-Csv {output}/recipes.csv");
        workspace.Good($"Import-Csv {output}/recipes.csv | Invoke-TinySoraGenerate -OutputPath {output}");
        AssertSame("a_red_circle_1.gif", "a_red_circle_1_remade.gif");
    }

    [Theory]
    [InlineData("ConvertTo-Json | ConvertFrom-Json")]
    [InlineData("ConvertTo-Csv | ConvertFrom-Csv")]
    [InlineData("ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_)) }")]
    public void Settings_of_a_recipe_survive_a_file(string through)
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -FramesPerSecond 12.5 -Seed 3 -OutputPath {output}");
        workspace.Good($"Get-TinySoraRecipe {output}/a_red_circle.gif | {through} | Invoke-TinySoraGenerate -OutputPath {output}");
        AssertSame("a_red_circle.gif", "a_red_circle_remade.gif");
    }

    [Theory]
    [InlineData("'{\"Prompt\":\"a red circle\",\"Seed\":1,\"Set\":{\"FramesPerSecond\":5}}' | ConvertFrom-Json")]
    [InlineData("[pscustomobject]@{ Prompt = 'a red circle'; Seed = 1; Set = 'FramesPerSecond=5' }")]
    public void Settings_are_read_from_an_object_or_a_cell_of_a_table(string row)
    {
        workspace.Good($"{row} | Invoke-TinySoraGenerate -OutputPath {output}");
        var recipe = Assert.Single(workspace.Good($"Get-TinySoraRecipe {output}/a_red_circle.gif").Values("Settings"));
        Assert.Equal("FramesPerSecond=5", $"{recipe}");
    }

    [Fact]
    public void Path_of_a_video_in_a_row_with_a_prompt_is_not_a_checkpoint()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Seed 3 -OutputPath {output} | Select-Object Prompt, Seed, Path | Export-Csv {output}.csv");
        var again = workspace.Good($"Import-Csv {output}.csv | Invoke-TinySoraGenerate -OutputPath {output}/again");
        Assert.Equal([3L], again.Values("Seed"));
        workspace.Bad($"Import-Csv {output}.csv | Select-Object Path | Invoke-TinySoraGenerate -Prompt x -OutputPath {output}/no",
            "TinySora.Checkpoint.NotSafetensors", ErrorCategory.InvalidData);
    }

    [Fact]
    public void Recipe_from_other_conditions_is_reproduced_with_one_warning_that_names_them()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 2 -OutputPath {output}");
        Assert.DoesNotContain(
            workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Invoke-TinySoraGenerate -OutputPath {output}/same").Warnings, IsAboutTheConditions);

        workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Export-Csv {output}/recipes.csv");
        var table = File.ReadAllText(workspace.At(output, "recipes.csv"));
        var here = (string)workspace.Good($"Import-Csv {output}/recipes.csv").Values("LibTorchVersion")[0]!;
        File.WriteAllText(workspace.At(output, "recipes.csv"), table.Replace(here, "0.4.1", StringComparison.Ordinal));

        var run = workspace.Good($"Import-Csv {output}/recipes.csv | Invoke-TinySoraGenerate -OutputPath {output}/other");

        Assert.Equal(2, run.Objects.Count);
        Assert.Equal($"A recipe was created with libtorch 0.4.1 (here {here}). Because of rounding, the new video may differ slightly from the original.", Assert.Single(run.Warnings, IsAboutTheConditions));
    }

    [Fact]
    public void Command_line_takes_precedence_over_the_recipe()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Seed 7 -OutputPath {output}");
        var run = workspace.Good($"Get-TinySoraRecipe {output}/a_red_circle.gif | Invoke-TinySoraGenerate -GuidanceScale 1 -OutputPath {output}/strict.gif");
        Assert.Equal((workspace.At(output, "strict.gif"), 7L, 1.0), (run.Values("Path")[0], run.Values("Seed")[0], run.Values("GuidanceScale")[0]));
        var several = workspace.Good($"Get-TinySoraRecipe {output}/a_red_circle.gif | Invoke-TinySoraGenerate -Count 2 -OutputPath {output}");
        Assert.Equal([7L, 8L], several.Values("Seed"));
    }

    [Fact]
    public void Original_is_kept_even_with_force_and_rerunning_does_nothing()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output}");
        var before = File.GetLastWriteTimeUtc(workspace.At(output, "a_red_circle.gif"));
        var remake = $"Get-TinySoraRecipe {output}/a_red_circle.gif | Invoke-TinySoraGenerate -OutputPath {output}";
        workspace.Good(remake);
        Assert.Equal([true], workspace.Good(remake).Values("Skipped"));
        workspace.Bad(remake + " -Steps 3", "TinySora.Generation.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal([false], workspace.Good(remake + " -Force").Values("Skipped"));
        Assert.Equal(before, File.GetLastWriteTimeUtc(workspace.At(output, "a_red_circle.gif")));
        Assert.Equal(["a_red_circle.gif", "a_red_circle_remade.gif"], workspace.Names(output));
    }

    [Fact]
    public void Checkpoint_of_the_recipe_is_found_in_the_named_folder()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint other/step-00000002.safetensors -OutputPath {output}");
        var run = workspace.Good($"Get-TinySoraRecipe {output}/*.gif | Invoke-TinySoraGenerate -Checkpoint other -OutputPath {output}");
        Assert.Equal(workspace.At("other", "step-00000002.safetensors"), Assert.Single(run.Values("Checkpoint")));
        Assert.DoesNotContain(run.Warnings, IsAboutTheModel);
        AssertSame("a_red_circle.gif", "a_red_circle_remade.gif");
    }

    [Fact]
    public void Another_model_is_refused_unless_it_is_named()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint other -OutputPath {output}");
        var recipe = $"Get-TinySoraRecipe {output}/a_red_circle.gif | Invoke-TinySoraGenerate -OutputPath {output}";
        var error = workspace.Bad(recipe, "TinySora.Generation.OtherModel", ErrorCategory.InvalidData);
        Assert.Matches("saved_models.step-00000003.*[0-9A-F]{64}.*[0-9A-F]{64}", error.ErrorDetails!.Message);
        Assert.Equal(["a_red_circle.gif"], workspace.Names(output));

        var run = workspace.Run(recipe + " -Checkpoint saved_models/step-00000003.safetensors");
        Assert.Single(run.Warnings, IsAboutTheModel);
        Assert.Equal(2, workspace.Names(output).Length);
    }

    [Fact]
    public void Missing_checkpoint_is_named_with_the_folder()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint other/step-00000002.safetensors -OutputPath {output}");
        var error = workspace.Bad(
            $"Get-TinySoraRecipe {output}/*.gif | Invoke-TinySoraGenerate -OutputPath {output}", "TinySora.Generation.ModelGone", ErrorCategory.ObjectNotFound);
        Assert.Matches("step-00000002.*saved_models", error.ErrorDetails!.Message);
    }

    [Fact]
    public void File_without_a_recipe_is_one_error_and_the_others_continue()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -OutputPath {output}");
        File.Copy(Directory.GetFiles(workspace.At("data"), "*.gif")[0], workspace.At(output, "0.gif"));
        var run = workspace.Run($"Get-TinySoraRecipe {output}/*.gif");
        Assert.Equal("TinySora.Generation.NoRecipe", Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Single(run.Objects);
        workspace.Bad("Get-TinySoraRecipe nowhere.gif", "TinySora.Media.NotFound", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Video_between_two_clips_is_reproduced_if_they_are_in_its_folder()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 2 -OutputPath {output}");
        var clips = $"-From {output}/a_red_circle_0.gif -To {output}/a_red_circle_1.gif";
        workspace.Good($"Invoke-TinySoraGenerate {clips} -OutputPath {output} -OutputName mixed");
        var remake = $"Get-TinySoraRecipe {output}/mixed.gif | Invoke-TinySoraGenerate -OutputPath {output}";
        workspace.Good(remake);
        AssertSame("mixed.gif", "mixed_remade.gif");

        File.Copy(workspace.At(output, "a_red_circle_1.gif"), workspace.At(output, "a_red_circle_0.gif"), overwrite: true);
        workspace.Bad(remake + " -Force", "TinySora.Generation.OtherClip", ErrorCategory.InvalidData);
        workspace.Good($"{remake} -Force -From {output}/a_red_circle_0.gif");
    }

    [Fact]
    public void Exact_videos_of_a_batch_equal_individually_made_ones()
    {
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Count 2 -Seed 7 -Exact -OutputPath {output}");
        workspace.Good($"Invoke-TinySoraGenerate 'a red circle' -Seed 8 -OutputPath {output}");
        AssertSame("a_red_circle.gif", "a_red_circle_1.gif");
    }

    [Fact]
    public void Model_without_text_refuses_a_prompt()
    {
        workspace.Write("none.yaml", Workspace.TinyConfig.Replace("learned", "none", StringComparison.Ordinal).Replace("cond_dim: 16", "", StringComparison.Ordinal));
        const string Train = "Start-TinySoraTraining none.yaml -ResultsPath none";
        var run = workspace.Good($"{Train} | Invoke-TinySoraGenerate -OutputPath {output}");
        Assert.Equal(workspace.At(output, "video.gif"), Assert.Single(run.Values("Path")));
        Assert.Empty(run.Warnings);
        workspace.Good($"Get-TinySoraRecipe {output}/video.gif | Invoke-TinySoraGenerate -Checkpoint none -OutputPath {output}");
        AssertSame("video.gif", "video_remade.gif");
        Assert.Contains(
            "does not accept text",
            Assert.Single(workspace.Run($"Invoke-TinySoraGenerate 'a red circle' -Checkpoint none -OutputPath {output}").Warnings), StringComparison.Ordinal);
    }

    private static bool IsAboutTheConditions(string warning) => warning.Contains("A recipe was created with", StringComparison.Ordinal);

    private static bool IsAboutTheModel(string warning) => warning.Contains("is not the model that the recipe was created with", StringComparison.Ordinal);

    private void AssertSame(string original, string again) =>
        Assert.Equal(File.ReadAllBytes(workspace.At(output, original)), File.ReadAllBytes(workspace.At(output, again)));

    /// <summary>Trains models in ./saved_models and ./other, each with a step-00000003.</summary>
    public sealed class TwoModels : IDisposable
    {
        public Workspace Workspace { get; } = new Workspace().Trained();

        public TwoModels()
        {
            Workspace.Good("Start-TinySoraTraining tiny.yaml -Seed 2 -MaxSteps 2 -ResultsPath other");
            Workspace.Good("Start-TinySoraTraining tiny.yaml -Seed 2 -ResultsPath other");
        }

        public void Dispose() => Workspace.Dispose();
    }
}
