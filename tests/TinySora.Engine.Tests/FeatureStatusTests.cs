using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests;

/// <summary>Compares dev/feature-status.md and docs/security.md with the sources of the tests.</summary>
public sealed partial class FeatureStatusTests
{
    private static readonly Row[] Rows =
    [
        .. File.ReadLines(Repository.At("dev", "feature-status.md")).Select(line => RowOf().Match(line)).Where(m => m.Success)
            .Select(m => new Row(m.Groups["id"].Value, m.Groups["state"].Value, m.Groups["shown"].Value)),
    ];

    [Fact]
    public void Every_row_of_Tiny_SORA_and_of_the_general_features_exists() => Assert.Equal(
        [.. Enumerable.Range(1, 48).Select(n => $"T{n}"), .. Enumerable.Range(1, 13).Select(n => $"X{n}")],
        Rows.Select(row => row.Id).Where(id => id[0] is 'T' or 'X'));

    [Fact]
    public void Rows_are_unique() => Assert.Equal(Rows.Select(row => row.Id).Distinct(), Rows.Select(row => row.Id));

    [Fact]
    public void Every_promise_names_a_test() => Assert.All(
        File.ReadLines(Repository.At("docs", "security.md")).Where(line => line.StartsWith('|')).Skip(2),
        line => Assert.Matches(TestName(), line));

    [Fact]
    public void Working_feature_names_a_test_or_a_command() => Assert.All(Rows, row =>
    {
        Assert.Contains(row.State, new[] { "works", "open" });
        Assert.Equal(row.State == "works", row.Shown.Contains('`', StringComparison.Ordinal));
    });

    [Theory]
    [InlineData("dev/feature-status.md")]
    [InlineData("docs/security.md")]
    public void Every_named_test_exists(string page)
    {
        var sources = Directory.GetFiles(Repository.At("tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        var named = TestName().Matches(File.ReadAllText(Repository.At(page.Split('/'))));
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(
            sources.Any(text => text.Contains($"class {name.Groups["class"].Value}", StringComparison.Ordinal)
                && text.Contains($" {name.Groups["method"].Value}(", StringComparison.Ordinal)),
            $"There is no test {name.Value}."));
    }

    [GeneratedRegex(@"^\| (?<id>[TXMOL]\d+) \| [^|]+ \| (?<state>\w+) \|(?<shown>.*)\|$")]
    private static partial Regex RowOf();

    [GeneratedRegex(@"`(?<class>\w+Tests)\.(?<method>\w+)`")]
    private static partial Regex TestName();

    private sealed record Row(string Id, string State, string Shown);
}
