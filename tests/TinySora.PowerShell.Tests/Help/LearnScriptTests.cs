using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>The script that repeats a row of dev/log.md, and that page.</summary>
[Collection(nameof(CmdletTests))]
public sealed partial class LearnScriptTests : IDisposable
{
    private const string Recipe = "@{ Preset = 'shapes-quick'; Clips = 8; Set = @{ 'trainer.train_num_steps' = 2; 'diffusion.sampling_steps' = 2 } }";

    private static readonly string Script = Repository.At("examples/learn.ps1");

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Recipe_is_trained_with_each_seed_and_resumes_after_an_interruption()
    {
        workspace.Write("tiny.psd1", Recipe);
        workspace.Write("learn/tiny/recipe.psd1", "@{ Preset = 'mistyped' }"); // of which nothing had been made
        Learn("-Seeds 1");
        var first = Written("learn/tiny/seed-1/Judged-1.json");
        workspace.Good("New-Item learn/tiny/seed-2 -ItemType Directory; Start-TinySoraTraining shapes-quick -DataPath learn/clips-8 "
            + "-ResultsPath learn/tiny/seed-2/shapes-quick -Seed 2 -MaxSteps 1 -Set @{ 'trainer.train_num_steps' = 2; 'diffusion.sampling_steps' = 2 }");
        Learn("-Seeds 2");
        Assert.Equal(first, Written("learn/tiny/seed-1/Judged-1.json"));
        Assert.Equal([2, 2], new[] { 1, 2 }.Select(seed => Steps($"seed-{seed}", "shapes-quick")));
        var cells = File.ReadAllLines(workspace.At("learn", "tiny", "Judged.md"))[^1].Trim('|').Split('|', StringSplitOptions.TrimEntries);
        Assert.Equal(["`tiny`", "2"], cells[..2]);
        Assert.Equal(9, cells.Length);
        Assert.All(cells[2..], cell => Assert.Matches(@"^\d+\.\d( \(\d+\.\d to \d+\.\d\))?$", cell));
    }

    [Fact]
    public void Recipes_are_compared_on_other_prompts_and_each_seed_trains_its_own_autoencoder()
    {
        workspace.Write("tiny.psd1", """
            @{
                Preset = 'shapes-latent'; Autoencoder = 'shapes-vae'; Clips = 8
                Set = @{ 'latents.codec' = './shapes-vae'; 'trainer.train_num_steps' = 1; 'diffusion.sampling_steps' = 1 }; AutoencoderSet = @{ 'trainer.train_num_steps' = 2 }
            }
            """);
        Learn("-Seeds 1 -Tune -Path './le[a]rn it'");
        Assert.Equal(["Tuned-1.json"], workspace.Names(Path.Combine("le[a]rn it", "tiny", "seed-1"), "*.json"));
        Assert.Equal((2, 1), (Steps("seed-1", "shapes-vae", "le[a]rn it"), Steps("seed-1", "shapes-latent", "le[a]rn it")));
    }

    [Fact]
    public void Fine_tuned_model_has_a_row_for_its_new_word()
    {
        workspace.Write("tiny.psd1", """
            @{
                Preset = 'shapes-lean'; Start = 'shapes-lean'; Word = 'pink'; Clips = 8
                Set = @{ 'trainer.train_num_steps' = 2; 'trainer.balance_words' = 'pink'; 'diffusion.sampling_steps' = 2 }
            }
            """);
        Learn("-Seeds 1");
        Assert.Equal(["| `tiny` | 1 |", "| `tiny`, pink | 1 |"], File.ReadAllLines(workspace.At("learn", "tiny", "Judged.md"))[2..].Select(row => row[..(row.IndexOf("1 |") + 3)]));
        Assert.True(Directory.Exists(workspace.At("learn", "clips-8-pink")));
    }

    [Fact]
    public void Sprites_have_a_row_of_nouns_and_relations()
    {
        workspace.Write("tiny.psd1", """
            @{
                Preset = 'shapes-lean'; Clips = 8; Sprites = 'small'
                Set = @{ 'trainer.captions' = 'drawn'; 'trainer.train_num_steps' = 1; 'diffusion.sampling_steps' = 1 }
            }
            """);
        workspace.Write("worlds/small.psd1", "@{ Source = '../pictures'; ImageSize = 32; Frames = 5 }");
        workspace.WriteSprites("pictures");

        Learn("-Seeds 1");
        var lines = File.ReadAllLines(workspace.At("learn", "tiny", "Judged.md"));
        Assert.Equal("| recipe | seeds | TFLOP | one thing % | group % | relation % | nouns % | motion % | minutes |", lines[0]);
        Assert.Matches(@"^\| `tiny` \| 1 \| \d+\.\d (\| \d+\.\d ){6}\|$", lines[^1]);
    }

    [Fact]
    public void Videos_have_a_row_of_scenes_and_motion()
    {
        const string Films = "@{ Preset = 'films'; Films = 'films.csv'; Set = @{ 'trainer.train_num_steps' = 1; 'diffusion.sampling_steps' = 1 } }";
        workspace.Write("tiny.psd1", Films);
        workspace.Write("films.csv", "video,caption\n00000.gif,a ball\n00001.gif,a box\n");
        Assert.Contains("python3-mecavideo", Assert.Single(workspace.Run($"& '{Script}' tiny.psd1").Errors).ToString(), StringComparison.Ordinal);

        workspace.Good("New-TinySoraDataset learn/films -Count 2 -Frames 18; Remove-Item learn/films/*.txt");
        Learn("-Seeds 1");
        var lines = File.ReadAllLines(workspace.At("learn", "tiny", "Judged.md"));
        Assert.Equal("| recipe | seeds | TFLOP | recognised | moves | least flow | greatest flow | minutes |", lines[0]);
        Assert.Matches(@"^\| `tiny` \| 1 \| \d+\.\d \| [0-2] \| [0-2] \| \d+\.\d\d \| \d+\.\d\d \| \d+\.\d \|$", lines[^1]);
    }

    [Fact]
    public void Changed_recipe_is_a_new_one_and_an_unknown_key_is_named()
    {
        workspace.Write("tiny.psd1", Recipe);
        workspace.Write("learn/tiny/recipe.psd1", Recipe.Replace("Clips = 8", "Clips = 9", StringComparison.Ordinal));
        workspace.Write("learn/tiny/seed-1/Judged-1.json", "{}");
        Assert.Contains("another recipe", Refused("tiny.psd1"), StringComparison.Ordinal);
        workspace.Write("other.psd1", "@{ Presets = 'shapes-quick' }");
        Assert.Contains("Presets", Refused("other.psd1"), StringComparison.Ordinal);

        string Refused(string recipe) => Assert.Single(workspace.Run($"& '{Script}' {recipe}").Errors).ToString();
    }

    [Fact]
    public void Every_row_of_the_page_has_a_recipe_and_every_recipe_a_line_and_valid_keys()
    {
        var page = File.ReadAllText(Repository.At("dev/log.md"));
        var recipes = Directory.GetFiles(Repository.At("examples/learn"), "*.psd1").Select(path => Path.GetFileNameWithoutExtension(path)).Order().ToList();
        Assert.Equal(recipes, Line().Matches(page).Select(line => line.Groups[1].Value).Order());
        var rows = RecipeTable().Matches(page).SelectMany(table => Row().Matches(table.Value)).Select(row => row.Groups[1].Value).ToList();
        Assert.NotEmpty(rows);
        Assert.Empty(rows.Except(recipes));
        workspace.Good("New-TinySoraDataset clips -Count 1");
        foreach (var recipe in recipes)
        {
            // The keys of queued runs are read, but nothing is measured.
            workspace.Good($$"""
                $r = Import-PowerShellDataFile '{{Repository.At($"examples/learn/{recipe}.psd1")}}'
                foreach ($run in @{ Name = $r.Preset; Set = $r.Set }, @{ Name = $r.Autoencoder; Set = $r.AutoencoderSet }) {
                    $set = if ($run.Set) { $run.Set } else { @{} }
                    if ($run.Name) { Start-TinySoraTraining $run.Name -Set $set -DataPath clips -Queue -WhatIf }
                }
                """);
        }
    }

    private void Learn(string parameters) => workspace.Good($"& '{Script}' tiny.psd1 -MeasuredClipsEach 1 {parameters}");

    private int Steps(string seed, string run, string folder = "learn") => File.ReadAllLines(workspace.At(folder, "tiny", seed, run, "metrics.jsonl")).Length;

    private DateTime Written(string file) => File.GetLastWriteTimeUtc(workspace.At(file.Split('/')));

    [GeneratedRegex(@"^\| \[`([^`]+)`\]\(\.\./examples/learn/\1\.psd1\) \|", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"^\| recipe \|.*\n(?:\|.*\n)+", RegexOptions.Multiline)]
    private static partial Regex RecipeTable();

    [GeneratedRegex(@"^\| `([^`]+)` \| \d+ \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
