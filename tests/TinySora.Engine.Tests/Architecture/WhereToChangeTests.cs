using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>Checks that the paths in dev/where-to-change.md and CONTRIBUTING.md exist; NAME is a placeholder for a new file.</summary>
public sealed partial class WhereToChangeTests
{
    private static string Table => File.ReadAllText(Repository.At("dev", "where-to-change.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Files_to_touch_exist()
    {
        var files = PathName().Matches(Table + File.ReadAllText(Repository.At("CONTRIBUTING.md"))).Select(match => match.Groups["path"].Value)
            .Where(path => !path.Contains("NAME", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count > 20);
        Assert.All(files, path => Assert.True(Exists(Repository.At(path)) || Exists(Repository.At("TinySora.Engine", path)), $"There is no {path}."));
    }

    [Fact]
    public void Every_change_in_the_table_names_a_file_or_a_section()
    {
        var rows = Table.Split("\n## ")[0].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.True(rows.Count > 20);
        Assert.All(rows, row => Assert.True(
            PathName().IsMatch(row) || (Section().Match(row) is { Success: true } link
                && Table.Contains($"## {link.Groups["name"].Value.Replace('-', ' ')}\n", StringComparison.OrdinalIgnoreCase)), row));
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>A path in backticks, relative to the repository or to the engine, except for build outputs.</summary>
    [GeneratedRegex(@"`(?<path>(?!out/)\w[\w.]*/[\w./-]*)`")]
    private static partial Regex PathName();

    [GeneratedRegex(@"\(#(?<name>[\w-]+)\)")]
    private static partial Regex Section();
}
