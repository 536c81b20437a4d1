using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>Compares the tables in docs/training.md with the keys, defaults and presets of the engine.</summary>
public sealed class TrainingPageTests
{
    private static readonly List<string[]> Rows =
    [
        .. File.ReadLines(Repository.At("docs", "training.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [Fact]
    public void Page_lists_exactly_the_trainer_keys_with_their_defaults()
    {
        var lines = ConfigFile.ToYaml(new RunConfig()).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        var trainer = lines.Skip(lines.IndexOf("trainer:")).ToList();
        var expected = ConfigFile.Entries(new RunConfig()).Select(entry => entry.Key).Where(key => key.StartsWith("trainer.", StringComparison.Ordinal))
            .Select(key => (Key: $"`{key}`", Start: $"  {key["trainer.".Length..]}: "))
            .Select(key => $"{key.Key} {trainer.First(line => line.StartsWith(key.Start, StringComparison.Ordinal))[key.Start.Length..]}");
        var documented = Rows.Where(row => row.Length == 3 && row[0].StartsWith("`trainer.", StringComparison.Ordinal) && row[0].Count(c => c == '`') == 2)
            .Select(row => $"{row[0]} {row[2]}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_preset_has_a_row() => Assert.All(Presets.Names, name => Assert.Contains(Rows, row => row[0].Contains($"`{name}`", StringComparison.Ordinal)));
}
