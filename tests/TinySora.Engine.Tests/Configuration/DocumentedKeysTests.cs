using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>The table of all keys in docs/tiny-sora.md against the configuration's own descriptions and defaults.</summary>
public sealed class DocumentedKeysTests
{
    [Fact]
    public void Every_key_stands_in_the_guide_with_its_meaning_its_default_and_the_originals()
    {
        var documented = File.ReadLines(Repository.At("docs", "tiny-sora.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();

        Assert.All(ConfigFile.Entries(new RunConfig()), entry =>
        {
            var beginning = $"| `{entry.Key}` | {entry.Description} | {Default(entry.Key)} |";
            Assert.True(
                documented.Any(line => line.StartsWith(beginning, StringComparison.Ordinal) && line.Length > beginning.Length + 3),
                $"docs/tiny-sora.md lacks the line: {beginning} what the original has |");
        });
    }

    /// <summary>As YAML writes it.</summary>
    private static string Default(string key)
    {
        var lines = ConfigFile.ToYaml(new RunConfig()).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        var parts = key.Split('.');
        var start = parts.Length == 1 ? 0 : lines.IndexOf(parts[0] + ":");
        var name = (parts.Length == 1 ? "" : "  ") + parts[^1] + ": ";
        return lines.Skip(start).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }
}
