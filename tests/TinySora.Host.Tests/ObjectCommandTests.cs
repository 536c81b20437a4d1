using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>The host's own commands on objects.</summary>
public sealed class ObjectCommandTests
{
    private const string Table = "Name,Step\na,100\nb,20\nc,3\nB,20\n";

    [Theory]
    [InlineData("-First 2", new[] { 1, 2 })]
    [InlineData("-Last 2", new[] { 4, 5 })]
    [InlineData("-Skip 3", new[] { 4, 5 })]
    [InlineData("-First 2 -Skip 1", new[] { 2, 3 })]
    [InlineData("-Last 2 -Skip 1", new[] { 3, 4 })]
    [InlineData("-First 1 -Last 1", new[] { 1, 5 })]
    [InlineData("-First 4 -Last 4", new[] { 1, 2, 3, 4, 5 })]
    [InlineData("-First 0", new int[0])]
    public void Select_takes_from_both_ends(string arguments, int[] expected) =>
        Assert.Equal(expected.Cast<object?>(), Samples.Objects($"Get-Number 5 | Select-Object {arguments}"));

    [Fact]
    public void Lines_of_files_and_whole_files_are_read()
    {
        using Samples samples = new();
        samples.Write("a.txt", "one\n\ntwo\n");
        samples.Write("b.txt", "three");
        Assert.Equal(["one", "", "two", "three"], samples.RunHere("Get-Content *.txt").Objects);
        Assert.Equal(["one\n\ntwo\n"], samples.RunHere("Get-Content -LiteralPath a.txt -Raw").Objects);
        Assert.Equal(["one"], samples.RunHere("Get-Content a.txt | Select-Object -First 1").Objects);
        Assert.Single(samples.RunHere("Get-Content -LiteralPath nowhere.txt").Errors);
    }

    [Fact]
    public void Json_becomes_objects_whole_or_line_by_line()
    {
        using Samples samples = new();
        samples.Write("array.json", """
            [{"A": 1, "B": [true, null]},
             {"A": 1.5, "b": "x"}]
            """);
        samples.Write("lines.json", "{\"A\": 1}\n\n{\"A\": 9007199254740993}\n");
        var run = samples.RunHere("Get-Content array.json | ConvertFrom-Json");
        Assert.Equal([1L, 1.5], run.Values("A"));
        Assert.Equal([true, null], (object?[])run.Values("B")[0]!);
        Assert.Equal("x", run.Values("B")[1]);
        Assert.Equal([1L, 9007199254740993], samples.RunHere("Get-Content lines.json | ConvertFrom-Json").Values("A"));
        samples.Write("broken.json", "{\"A\": ");
        Assert.StartsWith("JsonBroken", Assert.Single(samples.RunHere("Get-Content broken.json | ConvertFrom-Json").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_reduces_to_properties_and_expands_one()
    {
        Assert.Equal(["@{Name=a; Size=10}"], Samples.Objects("New-Thing a | Select-Object Name,Si*").Select(o => o!.ToString()));
        Assert.Equal(["a"], Samples.Objects("New-Thing a | Select-Object -ExpandProperty Name"));
        Samples.Error("New-Thing a | Select-Object -ExpandProperty Nmae", "ExpandPropertyNotFound", ExitCode.Errors);
    }

    [Fact]
    public void Select_unique_leaves_out_what_was_there()
    {
        using Samples samples = new();
        samples.Write("t.csv", Table);
        Assert.Equal(["100", "20", "3"], samples.RunHere("Import-Csv t.csv | Select-Object Step -Unique").Values("Step"));
    }

    [Fact]
    public void Sort_orders_by_value_and_keeps_equal_ones_in_order()
    {
        Assert.Equal([3, 2, 1], Samples.Objects("Get-Number | Sort-Object -Descending"));
        using Samples samples = new();
        samples.Write("t.csv", Table);
        Assert.Equal(["a", "b", "B", "c"], samples.RunHere("Import-Csv t.csv | Sort-Object Name").Values("Name"));
        Assert.Equal(["a", "b", "c"], samples.RunHere("Import-Csv t.csv | Sort-Object Name -Unique").Values("Name"));
    }

    [Theory]
    [InlineData("Step -gt 19", "abB")]
    [InlineData("Step -lt 20", "c")]
    [InlineData("Step -ge 100", "a")]
    [InlineData("Step -le 3", "c")]
    [InlineData("Step -eq 20", "bB")]
    [InlineData("Name -eq b", "bB")]
    [InlineData("Name -ne b", "ac")]
    [InlineData("Name -like [a-b]", "abB")]
    [InlineData("Name -notlike b*", "ac")]
    [InlineData("Name -match '^(a|c)$'", "ac")]
    [InlineData("Name -notmatch c", "abB")]
    [InlineData("Name -in a,c", "ac")]
    [InlineData("Name -contains a", "a")]
    [InlineData("Missing", "")]
    public void Where_lets_pass_what_compares_so(string condition, string names)
    {
        using Samples samples = new();
        samples.Write("t.csv", Table);
        var run = samples.RunHere($"Import-Csv t.csv | Where-Object {condition}");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(names, string.Concat(run.Values("Name")));
    }

    [Fact]
    public void A_broken_pattern_is_an_error() =>
        Samples.Error("New-Thing a | Where-Object Name -match '('", "InvalidPattern", ExitCode.Errors);

    [Fact]
    public void Json_shows_nested_values_to_a_depth()
    {
        Assert.Equal("""{"Name":"ball","Size":10,"Finish":0}""", Samples.Value("New-Thing ball | ConvertTo-Json -Compress"));
        Assert.Equal("""[{"Name":"ball","Size":10,"Finish":"Rough"}]""", Samples.Value("New-Thing ball | ConvertTo-Json -Compress -AsArray -EnumsAsStrings"));
        Assert.Equal("[1,2,3]", Samples.Value("Get-Number | ConvertTo-Json -Compress"));
        Assert.Equal("""{"a":{"b":"System.Collections.Hashtable"}}""",
            Samples.Value("Show-Value -Table @{ a = @{ b = @{ c = 1 } } } | ConvertTo-Json -Compress -Depth 1"));
    }

    [Fact]
    public void Get_command_lists_by_name_and_module()
    {
        Assert.Contains("New-Thing", Samples.Run("Get-Command").Values("Name"));
        Assert.Equal(["New-Thing"], Samples.Run("Get-Command New-*").Values("Name"));
        Assert.Equal(["New-Thing"], Samples.Run("Get-Command nt").Values("Name"));
        Assert.DoesNotContain("Get-Help", Samples.Run("Get-Command -Module Sample*").Values("Name"));
        Samples.Error("Get-Command Get-Nothing", "CommandNotFoundException", ExitCode.Errors);
    }

    [Fact]
    public void Help_joins_the_help_file_with_what_the_class_declares()
    {
        var help = Samples.Run("Get-Help New-Thing").Output;
        Assert.Contains("Makes a thing.", help, StringComparison.Ordinal);
        Assert.Contains("New-Thing [-Name] <string[]> [[-Size] <int>] [-Finish <Finish>]", help, StringComparison.Ordinal);
        Assert.Contains("What it is called.", help, StringComparison.Ordinal);
        Assert.Contains("one of Rough, Polished, Painted", help, StringComparison.Ordinal);
        Assert.Contains("New-Thing -Name ball", help, StringComparison.Ordinal);
    }
}
