using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Compares the metadata of the bundled model with the script that trains it.</summary>
public sealed class ShippedModelTests
{
    private static readonly string Script = File.ReadAllText(Repository.At("examples", "train-shapes-lean.ps1"));

    [Fact]
    public void Settings_of_the_bundled_model_are_those_of_its_preset()
    {
        using var model = Checkpoint.Open(Repository.At("models", "shapes-lean.safetensors"));

        var expected = ConfigFile.Parse(Presets.Text("shapes-lean"), "preset");
        expected = expected with { Trainer = expected.Trainer with { Seed = 1 } };
        expected = expected with { Family = expected.Family.MapPaths(path => path == "clips-vae" ? "clips-vae.safetensors" : path) };
        Assert.Equal(Lines(expected), Lines(model.Config));
        Assert.Equal(expected.Trainer.TrainNumSteps, model.Info.Step);
        Assert.Contains("Start-TinySoraTraining shapes-lean", Script, StringComparison.Ordinal);
        Assert.Contains("-Seed 1", Script, StringComparison.Ordinal);
        Assert.Contains("10000 drawn, seed 1", model.Info.Note, StringComparison.Ordinal);
        Assert.Equal("10000", Default("Clips"));
        Assert.Equal(24 * int.Parse(Default("MeasuredClipsEach")), int.Parse(Regex.Match(model.Info.Note!, @"(\d+) clips:").Groups[1].Value));
    }

    private static IEnumerable<string> Lines(RunConfig config) => ConfigFile.Entries(config).Select(entry => $"{entry.Key}: {ConfigValue.Write(entry.Value)}");

    private static string Default(string parameter) => Regex.Match(Script, $@"\${parameter} = (\d+)").Groups[1].Value;
}
