using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>
/// Limits that keep a file of the product readable in one sitting, a method on one screen, and a line next to another file. Tests are exempt:
/// their commands are one line each.
/// </summary>
public sealed partial class SizeTests
{
    private const int WidestLine = 160;
    private const int LongestFile = 300;
    private const int LongestMethod = 60;

    private static readonly string[] Parts =
        ["TinySora.Engine", "TinySora.PowerShell", "TinySora.Kernels", "build", "benchmarks"];

    private static readonly (string Name, string[] Lines)[] Files =
    [
        .. Parts.SelectMany(part => Repository.Sources(part, ".cs", ".cpp", ".h")).Select(name => (name, File.ReadAllLines(Repository.At(name)))),
    ];

    [Fact]
    public void No_line_exceeds_the_width_limit() => Assert.Equal(
        [], Files.SelectMany(file => file.Lines.Select((line, i) => (line.Length, Name: $"{file.Name}:{i + 1}")))
            .Where(line => line.Length > WidestLine).Select(line => $"{line.Name} has {line.Length} characters"));

    [Fact]
    public void No_file_exceeds_three_screens()
    {
        Assert.True(Files.Length > 500);
        Assert.Equal([], Files.Where(file => file.Lines.Length > LongestFile).Select(file => $"{file.Name}: {file.Lines.Length} lines"));
    }

    [Fact]
    public void No_method_exceeds_a_screen() =>
        Assert.Equal([], Files.Where(file => file.Name.EndsWith(".cs", StringComparison.Ordinal)).SelectMany(file => LongMethods(file.Name, file.Lines)));

    [Fact]
    public void Long_method_is_detected()
    {
        string[] body = [.. Enumerable.Repeat("        Do();", LongestMethod - 2)];
        Assert.Empty(LongMethods("A.cs", ["public sealed class A", "{", "    private void Run(int x)", "    {", .. body[2..], "    }", "}"]));
        Assert.Equal(
            ["A.cs(3): 61 lines"], LongMethods("A.cs", ["public sealed class A", "{", "    private void Run(int x)", "    {", .. body, "    }", "}"]));
    }

    /// <summary>Finds members by their indentation of four columns and closing brace; nested types are not checked.</summary>
    private static IEnumerable<string> LongMethods(string name, string[] lines)
    {
        var start = -1;
        for (var i = 0; i < lines.Length; i++)
        {
            if (Member().IsMatch(lines[i]))
            {
                start = TypeInside().IsMatch(lines[i]) ? -1 : i;
            }
            else if (lines[i].StartsWith("    }", StringComparison.Ordinal) && start >= 0)
            {
                if (i - start + 1 > LongestMethod)
                {
                    yield return $"{name}({start + 1}): {i - start + 1} lines";
                }

                start = -1;
            }
        }
    }

    [GeneratedRegex(@"^    \w.*\(.*(?<!;)$")]
    private static partial Regex Member();

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum) ")]
    private static partial Regex TypeInside();
}
