using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>Compares the tables of keys in docs/ with the configurations' own descriptions and defaults.</summary>
public sealed class DocumentedKeysTests
{
    [Fact]
    public void Every_key_of_the_default_family_is_documented_with_its_description_and_default()
    {
        var documented = File.ReadAllLines(Repository.At("docs", "pixel-unet.md"));
        var config = new RunConfig();
        Assert.All(ConfigFile.Entries(config).Where(entry => !IsTrainerKey(entry.Key)), entry =>
            Assert.Contains($"| `{entry.Key}` | {entry.Description} | {Default(entry.Key, config)} |", documented));
    }

    /// <summary>The page has shorter descriptions than the configuration.</summary>
    [Fact]
    public void Every_trainer_key_is_documented_with_its_default()
    {
        var documented = File.ReadAllLines(Repository.At("docs", "training.md"));
        var config = new RunConfig();
        Assert.All(ConfigFile.Entries(config).Where(entry => IsTrainerKey(entry.Key)), entry => Assert.Contains(documented, line =>
            line.Split('|', StringSplitOptions.TrimEntries) is ["", var key, { Length: > 0 }, var value, ""]
            && key == $"`{entry.Key}`" && value == Default(entry.Key, config)));
    }

    /// <summary>Checks families whose sections are not those of the default one.</summary>
    [Theory]
    [InlineData("frame-autoencoder", "autoencoders.md")]
    public void Every_key_of_a_family_is_documented_with_its_meaning_and_default(string family, string page)
    {
        var documented = File.ReadAllLines(Repository.At("docs", page));
        var config = ConfigFile.Parse($"family: {family}\n", family);
        var shared = ConfigFile.Entries(new RunConfig()).Select(entry => entry.Key).Where(key => !key.Contains('.') || key.StartsWith("trainer.", StringComparison.Ordinal));
        Assert.All(ConfigFile.Entries(config).ExceptBy(shared, entry => entry.Key), entry =>
            Assert.Contains($"| `{entry.Key}` | {entry.Description} | {Default(entry.Key, config)} |", documented));
    }

    private static bool IsTrainerKey(string key) => key.StartsWith("trainer.", StringComparison.Ordinal);

    /// <summary>Formats a value as YAML writes it.</summary>
    private static string Default(string key, RunConfig config)
    {
        var lines = ConfigFile.ToYaml(config).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        var parts = key.Split('.');
        var start = parts.Length == 1 ? 0 : lines.IndexOf(parts[0] + ":");
        var name = (parts.Length == 1 ? "" : "  ") + parts[^1] + ": ";
        return lines.Skip(start).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }
}
