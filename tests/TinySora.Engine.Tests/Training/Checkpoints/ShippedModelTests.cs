using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Compares the metadata of the bundled models with the scripts that train them.</summary>
public sealed class ShippedModelTests
{
    [Theory]
    [InlineData("shapes-lean", 1, "MeasuredClipsEach", 24, "clips")]
    [InlineData("emoji", 2, "MeasuredPrompts", 1, "prompts", "trainer.train_lr: 0.001", "trainer.train_num_steps: 22000")]
    public void Settings_of_a_bundled_model_are_those_of_its_preset_and_script(
        string name, int seed, string measured, int clipsEach, string unit, params string[] changed)
    {
        using var model = Checkpoint.Open(Repository.At("models", $"{name}.safetensors"));
        var script = File.ReadAllText(Repository.At("examples", $"train-{name}.ps1"));

        var expected = ConfigFile.Parse(Presets.Text(name), "preset");
        expected = expected with { Trainer = expected.Trainer with { Seed = seed } };
        expected = expected with { Family = expected.Family.MapPaths(path => path == "clips-vae" ? "clips-vae.safetensors" : path) };
        Assert.Equal(changed, Lines(model.Config).Except(Lines(expected)));
        Assert.Equal(Lines(expected).Count(), Lines(model.Config).Count());
        Assert.All(changed.Select(line => line.Split(": ")), setting => Assert.Contains($"'{setting[0]}' = {setting[1]}", script, StringComparison.Ordinal));
        Assert.Equal(model.Config.Trainer.TrainNumSteps, model.Info.Step);
        Assert.Contains($"Start-TinySoraTraining {name}", script, StringComparison.Ordinal);
        Assert.Contains($"-ResultsPath $Path/run -Seed {seed}", script, StringComparison.Ordinal);
        Assert.Contains($"{Default("Clips")} drawn, seed {seed}", model.Info.Note, StringComparison.Ordinal);
        Assert.Contains($"{clipsEach * Default(measured)} {unit}:", model.Info.Note, StringComparison.Ordinal);

        int Default(string parameter) => int.Parse(Regex.Match(script, $@"\${parameter} = (\d+)").Groups[1].Value);
    }

    private static IEnumerable<string> Lines(RunConfig config) => ConfigFile.Entries(config).Select(entry => $"{entry.Key}: {ConfigValue.Write(entry.Value)}");
}
