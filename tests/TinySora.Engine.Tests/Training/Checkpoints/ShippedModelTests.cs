using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>What the file of the model that comes along says of its making, against the script that makes it.</summary>
public sealed partial class ShippedModelTests
{
    private static readonly string Script = File.ReadAllText(Repository.At("examples", "train-shapes-small.ps1"));

    [Fact]
    public void Its_settings_are_those_that_the_script_writes()
    {
        using var model = Checkpoint.Open(Repository.At("models", "shapes-small.safetensors"));
        var written = Setting().Matches(SettingsOf().Match(Script).Groups[1].Value)
            .Select(m => (Key: m.Groups[1].Value, Value: m.Groups[2].Value == "$Steps" ? Default("Steps") : m.Groups[2].Value)).ToList();
        Assert.Equal(["train_num_steps", "step_start_ema", "save_model_every", "keep_checkpoints"], written.Select(setting => setting.Key));

        var yaml = written.Aggregate(Presets.Text("shapes-small"), (text, setting) => Regex.Replace(text, $@"{setting.Key}: \d+", $"{setting.Key}: {setting.Value}"));

        var expected = ConfigFile.Parse(yaml, "script");
        expected = expected with { Trainer = expected.Trainer with { Seed = 1 } };
        Assert.Equal(Lines(expected), Lines(model.Config));
        Assert.Equal((6000, "6000"), (model.Info.Step, Default("Steps")));
        Assert.Contains("10000 drawn, seed 1", model.Info.Note, StringComparison.Ordinal);
        Assert.Equal("10000", Default("Clips"));
        Assert.Equal(24 * int.Parse(Default("MeasuredClipsEach")), int.Parse(Regex.Match(model.Info.Note!, @"(\d+) clips:").Groups[1].Value));
    }

    private static IEnumerable<string> Lines(RunConfig config) => ConfigFile.Entries(config).Select(entry => $"{entry.Key}: {ConfigValue.Write(entry.Value)}");

    private static string Default(string parameter) => Regex.Match(Script, $@"\${parameter} = (\d+)").Groups[1].Value;

    [GeneratedRegex(@"\[ordered\]@\{(.*)\}")]
    private static partial Regex SettingsOf();

    [GeneratedRegex(@"(\w+) = (\$?\w+)")]
    private static partial Regex Setting();
}
