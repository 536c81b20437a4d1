using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The bundled models, in a folder without trained models.</summary>
[Collection(nameof(CmdletTests))]
public sealed partial class ShippedModelTests : IDisposable
{
    private static readonly string Model = At("shapes-lean");

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Prompt_is_generated_without_training_and_the_recipe_finds_the_model_again()
    {
        var run = workspace.Good("Invoke-TinySoraGenerate 'a red circle moving right' -Seed 1");
        Assert.Equal(Model, Assert.Single(run.Values("Checkpoint")));
        workspace.Good("Get-TinySoraRecipe results/*.gif | Invoke-TinySoraGenerate");
        var files = workspace.Names("results");
        Assert.Equal(["a_red_circle_moving_right.gif", "a_red_circle_moving_right_remade.gif"], files);
        Assert.Equal(File.ReadAllBytes(workspace.At("results", files[0])), File.ReadAllBytes(workspace.At("results", files[1])));
    }

    [Theory]
    [InlineData("a red circle moving right", "shapes-lean")]
    [InlineData("A yellow star, shrinking", "shapes-lean")]
    [InlineData("a triangle growing", "shapes-lean")]
    [InlineData("a (red:1.2) circle growing", "shapes-lean")]
    [InlineData("a pink square growing", "shapes-lean")]
    [InlineData("a penguin jumping", "emoji")]
    [InlineData("a red penguin jumping", "emoji")]
    [InlineData("a green dragon", "emoji")]
    [InlineData("nothing known", "emoji")]
    [InlineData("a star growing", "emoji")]
    [InlineData("an orange moving left", "emoji")]
    [InlineData("a red circle jumping", "shapes-lean")]
    [InlineData("circle", "shapes-lean")]
    [InlineData("a small red cirlce, moving fast around a circle", "shapes-lean")]
    [InlineData("a cat moving in a circle", "emoji")]
    [InlineData("two red stars growing", "emoji")]
    [InlineData("a (red circle", "shapes-lean")]
    public void Words_of_the_prompt_determine_the_model(string prompt, string model) => Assert.Contains(
        workspace.Good($"Start-TinySoraStudio -Prompt '{prompt}' -WhatIf -Verbose").Verbose, text => text.Contains($"{model}:", StringComparison.Ordinal));

    [Theory]
    [InlineData("'a pengiun jumpnig quikly' -Checkpoint emoji", "pengiun (did you mean penguin?), jumpnig (did you mean jumping?), quikly (did you mean quickly?).")]
    [InlineData("'🐧 jumping'", "🐧 (did you mean penguin?).")]
    [InlineData("'a xylophonist 🧷 jumping'", "xylophonist, 🧷.")]
    [InlineData("'a penguin falling' -Checkpoint shapes-lean", "penguin, falling. The bundled model emoji knows them: use -Checkpoint emoji.")]
    [InlineData("'a red triangle growing' -Checkpoint emoji", "triangle. The bundled model shapes-lean knows them: use -Checkpoint shapes-lean.")]
    public void Warning_says_what_unknown_words_may_stand_for(string arguments, string explained) => Assert.EndsWith(
        $": {explained}", Assert.Single(workspace.Good($"Invoke-TinySoraGenerate {arguments} -Steps 1").Warnings), StringComparison.Ordinal);

    [Fact]
    public void Words_have_weights()
    {
        const string Line = "Invoke-TinySoraGenerate -Checkpoint emoji -Seed 1 -Steps 1";
        long Length(string prompt) => new FileInfo((string)Assert.Single(workspace.Good($"{Line} '{prompt}'").Values("Path"))!).Length;
        Assert.NotEqual(Length("a (penguin:1) jumping"), Length("a (penguin:9) jumping"));
    }

    [Fact]
    public void Words_of_the_model_determine_the_measured_world()
    {
        Assert.Equal(["a penguin jumping"], workspace.Good("Measure-TinySoraAdherence emoji -Prompt 'a penguin jumping' -Set @{ Steps = 1 }").Values("Prompt"));
        Assert.Equal(["a red circle growing"], workspace.Good("Measure-TinySoraAdherence shapes-lean -Prompt 'a red circle growing' -Set @{ Steps = 1 }").Values("Prompt"));
    }

    [Fact]
    public void Larger_clips_than_those_of_the_training_are_a_warning() => Assert.EndsWith(
        "was trained on clips of 32 x 32 pixels. Larger clips often show things several times.",
        Assert.Single(workspace.Good("Invoke-TinySoraGenerate 'a red circle growing' -Width 64 -Height 64 -Steps 1").Warnings), StringComparison.Ordinal);

    [Fact]
    public void Each_prompt_of_a_list_has_its_model()
    {
        var run = workspace.Run("'a cat jumping', 'a (red circle', 'a red circle growing', 'a cat falling' | Invoke-TinySoraGenerate -Steps 1 -Verbose");
        Assert.Equal(["emoji", "shapes-lean", "emoji"], run.Values("Model"));
        Assert.Equal(2, run.Verbose.Count(text => text.StartsWith("Using the bundled model", StringComparison.Ordinal)));
        Assert.StartsWith("TinySora.Generation.UnpairedParenthesis,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal([At("emoji")], workspace.Good("Get-TinySoraRecipe results/a_cat_falling.gif | Invoke-TinySoraGenerate").Values("Checkpoint"));
    }

    [Fact]
    public void Measured_world_and_base_of_an_adapter_determine_the_model()
    {
        var opened = workspace.Good("Measure-TinySoraAdherence -Word pink -Set @{ Steps = 1 } -Verbose").Verbose;
        Assert.Contains(opened, text => text.Contains("shapes-lean.safetensors", StringComparison.Ordinal));
        workspace.Good("New-TinySoraDataset data -Count 4 | Start-TinySoraTraining -Adapter grown -InitialCheckpoint shapes-lean -ResultsPath grown -MaxSteps 1");
        Assert.Equal(["shapes-lean"], workspace.Good("Invoke-TinySoraGenerate 'a cat' -Adapter ./grown -Steps 1").Values("Model"));
    }

    [Theory]
    [InlineData("shapes-lean", "Color", "Shape", "Motion", "All three", "One connected object")]
    [InlineData("emoji", "Noun", "Motion", "All of One", "All of Relation", "All of Group")]
    public void Model_is_small_and_describes_its_training_and_quality(string name, params string[] claims)
    {
        Assert.InRange(new FileInfo(At(name)).Length, 1_000_000, 10_000_000);
        Assert.Contains($"examples/train-{name}.ps1", Note(name), StringComparison.Ordinal);
        Assert.Equal(claims, Claim().Matches(Note(name)).Select(claim => claim.Groups[1].Value));
    }

    /// <summary>
    /// Rounding differs between processors, so each clip is a new sample. A model with the documented adherence, measured on 504 clips, falls
    /// below these counts once in a thousand times.
    /// </summary>
    [Fact]
    public void Model_follows_unseen_combinations_of_color_shape_and_motion_as_often_as_documented()
    {
        var run = workspace.Good("Measure-TinySoraAdherence -Count 2 -Summary");
        var obeyed = run.Values("Aspect").Cast<string>().Zip(run.Values("Obeyed").Cast<int>()).ToDictionary();
        Assert.Equal([48, 48, 48, 48, 48], run.Values("Clips"));
        var claims = new Dictionary<string, int> { ["Color"] = 503, ["Shape"] = 495, ["Motion"] = 501, ["All three"] = 493, ["One connected object"] = 501 }
            .ToDictionary(claim => claim.Key, claim => Share(claim.Value, 504));
        Assert.Equal([46, 43, 45, 43, 45], claims.Values.Select(share => Fewest(48, share)));
        Assert.All(claims, claim => Assert.InRange(obeyed[claim.Key], Fewest(48, claim.Value), 48));
    }

    [Fact]
    public void Emoji_follows_unseen_combinations_as_often_as_documented()
    {
        Needs.EmojiFont();
        var claims = Claim().Matches(Note("emoji")).ToDictionary(claim => claim.Groups[1].Value, claim => double.Parse(claim.Groups[2].Value, CultureInfo.InvariantCulture));
        Dictionary<string, int>[] measured = [Measure("One"), Measure("Relation"), Measure("Group")];
        Assert.All(claims, claim => Assert.InRange(
            measured.First(aspects => aspects.ContainsKey(claim.Key))[claim.Key], Fewest(48, Share(10 * claim.Value, 1000)), 48));

        Dictionary<string, int> Measure(string content)
        {
            var run = workspace.Good($"Measure-TinySoraAdherence emoji -World Sprites -Content {content} -PromptCount 48 -Summary");
            return run.Values("Aspect").Cast<string>().Zip(run.Values("Obeyed").Cast<int>()).ToDictionary();
        }
    }

    [Fact]
    public void Model_is_distilled_into_another_that_generates_in_one_step()
    {
        workspace.Good("New-TinySoraDataset data -Count 4 | Start-TinySoraTraining shapes-turbo -ResultsPath taught -MaxSteps 2");
        Assert.Equal([1], workspace.Good("Invoke-TinySoraGenerate 'a red circle moving right' -Checkpoint taught | Get-TinySoraRecipe").Values("Steps"));
        workspace.Bad(
            "Start-TinySoraTraining shapes-turbo data other -Set @{ 'diffusion.teacher' = 'nowhere' }", "TinySora.Model.TeacherMissing", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Own_training_takes_precedence()
    {
        workspace.Trained();
        var run = workspace.Good("Invoke-TinySoraGenerate 'a red circle'");
        Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), Assert.Single(run.Values("Checkpoint")));
    }

    [Fact]
    public void Failed_start_or_empty_folder_does_not_hide_the_model()
    {
        Assert.Single(workspace.Run("Start-TinySoraTraining tiny.yaml -DataPath nowhere").Errors);
        Assert.False(Directory.Exists(workspace.At("saved_models")));
        Directory.CreateDirectory(workspace.At("saved_models"));
        Assert.Equal([Model], workspace.Good("Invoke-TinySoraGenerate 'a red circle'").Values("Checkpoint"));
    }

    [Fact]
    public void Bundled_newest_and_best_models_can_be_named()
    {
        workspace.Bad("Invoke-TinySoraGenerate 'a red circle' -Checkpoint latest", "TinySora.Training.NoRuns", ErrorCategory.ObjectNotFound);
        workspace.Write("ends.yaml", Workspace.TinyConfig.Replace("save_model_every: 100", "save_model_every: 1", StringComparison.Ordinal));
        workspace.Good("New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2 | Start-TinySoraTraining ends.yaml");
        var newest = workspace.At("saved_models", "step-00000003.safetensors");
        var best = (string)Assert.Single(workspace.Good("Get-TinySoraCheckpoint -Best").Values("Path"))!;

        Assert.Equal([Model], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint shapes-lean -OutputPath a").Values("Checkpoint"));
        Assert.Equal([newest], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint LATEST -OutputPath b").Values("Checkpoint"));
        Assert.Equal([best], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint best -OutputPath c").Values("Checkpoint"));
        Assert.Equal([Model, newest], workspace.Good("Get-TinySoraCheckpoint shapes-lean, latest").Values("Path"));
        Assert.Single(workspace.Good("Export-TinySoraCheckpoint shapes-lean -OutputPath shapes.pt").Objects);
        Assert.Contains($"Opened '{Model}'", workspace.Good("Measure-TinySoraAdherence shapes-lean 'a red circle growing' -Verbose").Verbose[0], StringComparison.Ordinal);
        workspace.Good("Start-TinySoraTraining ends.yaml -InitialCheckpoint latest -ResultsPath tuned");

        // An existing folder takes precedence over the name.
        Directory.Move(workspace.At("tuned"), workspace.At("best"));
        Assert.Equal(
            [workspace.At("best", "step-00000003.safetensors")],
            workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint best -OutputPath d").Values("Checkpoint"));
    }

    [Fact]
    public void Unfinished_run_that_replaces_it_is_reported_with_its_progress()
    {
        workspace.Good("New-TinySoraDataset data -Count 6 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml -MaxSteps 1");
        foreach (var line in (string[])["Invoke-TinySoraGenerate 'a red circle'", "Measure-TinySoraAdherence -Prompt 'a red circle growing'"])
        {
            Assert.Matches("1 of 3 steps, 33 %.*-Checkpoint shapes-lean", Assert.Single(workspace.Good(line).Warnings, IsOfTheRun));
        }

        var named = workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint latest -OutputPath named");
        Assert.EndsWith("1 of 3 steps, 33 %.", Assert.Single(named.Warnings, IsOfTheRun), StringComparison.Ordinal);
        workspace.Good("Start-TinySoraTraining tiny.yaml");
        Assert.DoesNotContain(workspace.Good("Invoke-TinySoraGenerate 'a red circle' -OutputPath ended").Warnings, IsOfTheRun);

        static bool IsOfTheRun(string text) => text.Contains(" steps", StringComparison.Ordinal);
    }

    [Fact]
    public void Model_has_one_set_of_weights_and_exports_of_one_call_have_distinct_files()
    {
        workspace.Bad("Export-TinySoraCheckpoint shapes-lean w.safetensors -Weights Training", "TinySora.Checkpoint.OneSetOfWeights", ErrorCategory.InvalidArgument);
        workspace.Bad(
            "'clips-vae', 'clips-fsq' | Get-TinySoraCheckpoint | Export-TinySoraCheckpoint -OutputPath one.safetensors -Force", "TinySora.Input.ExportedTwice",
            ErrorCategory.ResourceExists);
        workspace.Good("Export-TinySoraCheckpoint clips-fsq -OutputPath one.safetensors -Force");
    }

    [Fact]
    public void Empty_test_does_not_pass() =>
        workspace.Bad("@() | Test-TinySoraModel shapes-lean", "TinySora.Evaluation.NoExpectations", ErrorCategory.InvalidData);

    [Fact]
    public void Completion_offers_the_names()
    {
        var results = workspace.Completed("Invoke-TinySoraGenerate -Checkpoint sh");
        Assert.Equal(["shapes-lean"], results.Select(result => result.CompletionText));
        Assert.All(results, result => Assert.Contains("the bundled model", result.ToolTip, StringComparison.Ordinal));
    }

    private static string At(string model) => Path.Combine(Workspace.ModuleFolder, "models", $"{model}.safetensors");

    private string Note(string model) => Assert.IsType<string>(Assert.Single(workspace.Good($"Get-TinySoraCheckpoint '{At(model)}'").Values("Note")));

    /// <summary>Returns the expected share of the next clips: if all of 504 followed the prompt, 505 of 506 (rule of succession).</summary>
    private static double Share(double obeyed, double clips) => (obeyed + 1) / (clips + 2);

    /// <summary>Returns the largest count that this number of draws with this share falls below at most once in a thousand times.</summary>
    private static int Fewest(int draws, double share)
    {
        var (below, exactly) = (0.0, Math.Pow(1 - share, draws));
        for (var k = 0; ; k++)
        {
            below += exactly;
            if (below > 0.001)
            {
                return k;
            }

            exactly *= (double)(draws - k) / (k + 1) * share / (1 - share);
        }
    }

    [GeneratedRegex(@"([A-Z][A-Za-z ]+) (\d+\.\d) %")]
    private static partial Regex Claim();
}
