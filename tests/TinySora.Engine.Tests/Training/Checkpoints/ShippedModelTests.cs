using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Compares the metadata of the bundled models with the scripts that train them.</summary>
public sealed class ShippedModelTests
{
    [Fact]
    public void Settings_of_shapes_lean_are_those_of_its_preset_and_script()
    {
        var script = Script("shapes-lean");
        Check(
            "shapes-lean", seed: 1, changed: [],
            inScript: ["Start-TinySoraTraining shapes-lean", "-ResultsPath $Path/run -Seed 1"],
            inNote: [$"{Number(script, "Clips")} drawn, seed 1", $"{24 * Number(script, "MeasuredClipsEach")} clips:"]);
    }

    [Fact]
    public void Settings_of_emoji_are_those_of_its_preset_and_the_last_part_of_its_script()
    {
        var script = Script("emoji");
        var parts = Regex.Matches(script, @"Clips = (\d+); Seed = (\d+); Rate = ([\d.]+); Steps = (\d+)(?:; RunSeed = (\d+))?")
            .Select(part => part.Groups).Select(part => (
                Clips: int.Parse(part[1].Value), Seed: part[2].Value, Rate: part[3].Value, Steps: int.Parse(part[4].Value),
                RunSeed: int.Parse((part[5].Success ? part[5] : part[2]).Value)))
            .ToList();
        Check(
            "emoji", seed: parts[^1].RunSeed, changed: [$"trainer.train_lr: {parts[^1].Rate}", $"trainer.train_num_steps: {parts[^1].Steps}"],
            inScript: ["'trainer.train_lr' = $part.Rate; 'trainer.train_num_steps' = $part.Steps", "Start-TinySoraTraining emoji", "-Seed ($part.RunSeed ?? $part.Seed)"],
            inNote:
            [
                $"{parts.Sum(part => part.Steps)} steps", $"{parts.DistinctBy(part => part.Seed).Sum(part => part.Clips)} drawn",
                $"{Number(script, "MeasuredPrompts")} prompts each:",
            ]);
    }

    /// <param name="changed">Settings of the model that differ from the preset.</param>
    private static void Check(string name, int seed, string[] changed, string[] inScript, string[] inNote)
    {
        using var model = Checkpoint.Open(Repository.At("models", $"{name}.safetensors"));
        var expected = ConfigFile.Parse(Presets.Text(name), "preset");
        expected = expected with { Trainer = expected.Trainer with { Seed = seed } };
        expected = expected with { Family = expected.Family.MapPaths(path => path == "clips-vae" ? "clips-vae.safetensors" : path) };
        Assert.Equal(changed, Lines(model.Config).Except(Lines(expected)));
        Assert.Equal(Lines(expected).Count(), Lines(model.Config).Count());
        Assert.Equal(model.Config.Trainer.TrainNumSteps, model.Info.Step);
        Assert.All(inScript, part => Assert.Contains(part, Script(name), StringComparison.Ordinal));
        Assert.All(inNote, part => Assert.Contains(part, model.Info.Note, StringComparison.Ordinal));
    }

    private static string Script(string name) => File.ReadAllText(Repository.At("examples", $"train-{name}.ps1"));

    /// <summary>Returns the default value of a parameter of a script.</summary>
    private static int Number(string script, string parameter) => int.Parse(Regex.Match(script, $@"\${parameter} = (\d+)").Groups[1].Value);

    private static IEnumerable<string> Lines(RunConfig config) => ConfigFile.Entries(config).Select(entry => $"{entry.Key}: {ConfigValue.Write(entry.Value)}");
}
