using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Families;

/// <summary>
/// The documentation page of a family: its tables of keys and of flags. If TINYSORA_WRITE_DOCS=1 is set, the tables of keys are rewritten
/// instead of checked.
/// </summary>
internal static partial class FamilyPage
{
    private const string Heading = "## Keys\n\n";

    private static readonly string[] CommonSections = ["trainer"];

    /// <summary>Checks that the page documents every key of the family's own sections with its meaning and default.</summary>
    public static void CheckKeys(string name, FamilyConfig family)
    {
        var path = Repository.At("docs", name);
        var page = File.ReadAllText(path).ReplaceLineEndings("\n");
        var start = page.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length;
        var end = page.IndexOf("\n\n", start, StringComparison.Ordinal);
        var written = page[..start] + Table(family) + (end < 0 ? "" : page[end..]);
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page = written);
        }

        Assert.True(written == page, $"The keys in docs/{name} are older than the code. Run this test with TINYSORA_WRITE_DOCS=1.");
    }

    /// <summary>Checks that every flag of an original program has a key or a parameter on the page, and that no other flag is listed.</summary>
    /// <param name="flags">Flags, separated by spaces.</param>
    public static void CheckFlags(string name, FamilyConfig family, string program, string flags)
    {
        var rows = File.ReadLines(Repository.At("docs", name)).Select(line => FlagRow().Match(line))
            .Where(row => row.Success && row.Groups["program"].Value is var programs && (programs == "all" || programs.Split(" and ").Contains(program)))
            .ToList();
        var named = rows.SelectMany(row => Quoted().Matches(row.Groups["flags"].Value)).Select(flag => flag.Groups["text"].Value);
        Assert.Equal(flags.Split(' ').Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        var keys = ConfigFile.Entries(new RunConfig { Family = family }).Select(entry => entry.Key).ToHashSet();
        Assert.All(rows, row => Assert.True(row.Groups["here"].Value is var here && (here[0] == '-' || keys.Contains(here)), row.Value));
    }

    private static string Table(FamilyConfig family)
    {
        var config = new RunConfig { Family = family };
        var lines = ConfigFile.ToYaml(config).ReplaceLineEndings("\n").Split('\n').ToList();
        var own = ConfigFile.Entries(config).Where(entry => entry.Key.Split('.') is [var section, _] && !CommonSections.Contains(section)).ToList();
        Assert.True(own.Count > 25);
        return string.Join('\n', own.Select(entry => $"| `{entry.Key}` | {entry.Description} | {Default(lines, entry.Key.Split('.'))} |")
            .Prepend("|---|---|---|").Prepend("| key | meaning | default |")) + "\n";
    }

    /// <summary>Formats a value as YAML writes it.</summary>
    private static string Default(List<string> lines, string[] key)
    {
        var name = $"  {key[1]}: ";
        return lines.Skip(lines.IndexOf(key[0] + ":")).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }

    [GeneratedRegex(@"^\| (?<program>[\w, -]+) \| (?<flags>(`[\w-]+`(, )?)+) \| `(?<here>[^`]+)` \|")]
    private static partial Regex FlagRow();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Quoted();
}
