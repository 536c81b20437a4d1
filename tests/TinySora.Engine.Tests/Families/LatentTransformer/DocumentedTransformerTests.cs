using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentTransformer;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The table of docs/latent-transformers.md. With TINYSORA_WRITE_DOCS=1 in the environment it is written anew instead.</summary>
public sealed partial class DocumentedTransformerTests
{
    private const string Heading = "## Keys\n\n";

    [Fact]
    public void Every_key_stands_there_with_its_meaning_and_default()
    {
        var path = Repository.At("docs", "latent-transformers.md");
        var page = File.ReadAllText(path).ReplaceLineEndings("\n");
        var start = page.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length;
        var end = page.IndexOf("\n\n", start, StringComparison.Ordinal);
        var written = page[..start] + Table() + (end < 0 ? "" : page[end..]);
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page = written);
        }

        Assert.True(written == page, "The keys in docs/latent-transformers.md are older than the code. Run this test with TINYSORA_WRITE_DOCS=1.");
    }

    private static string Table()
    {
        var config = new RunConfig { Family = new LatentTransformerConfig() };
        var lines = ConfigFile.ToYaml(config).ReplaceLineEndings("\n").Split('\n').ToList();
        var own = ConfigFile.Entries(config).Where(entry => Own().IsMatch(entry.Key)).ToList();
        Assert.True(own.Count > 40);
        return string.Join('\n', own.Select(entry => $"| `{entry.Key}` | {entry.Description} | {Default(lines, entry.Key.Split('.'))} |")
            .Prepend("|---|---|---|").Prepend("| key | meaning | default |")) + "\n";
    }

    /// <summary>As YAML writes it.</summary>
    private static string Default(List<string> lines, string[] key)
    {
        var name = $"  {key[1]}: ";
        return lines.Skip(lines.IndexOf(key[0] + ":")).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }

    [GeneratedRegex("^(model|clip|latents|text|diffusion)[.]")]
    private static partial Regex Own();
}
