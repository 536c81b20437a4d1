using System.Text;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>CSV in and out.</summary>
public sealed class CsvTests
{
    public static TheoryData<string> Encodings => new("utf-8", "utf-8-bom", "utf-16", "utf-16BE");

    [Theory]
    [MemberData(nameof(Encodings))]
    public void The_byte_order_mark_tells_the_encoding(string name)
    {
        using Samples samples = new();
        var encoding = name switch
        {
            "utf-8" => new UTF8Encoding(false),
            "utf-8-bom" => new UTF8Encoding(true),
            "utf-16" => Encoding.Unicode,
            _ => Encoding.BigEndianUnicode,
        };
        File.WriteAllText(Path.Combine(samples.Folder, "t.csv"), "Prompt,Seed\nkäse 中,7\n", encoding);
        var run = samples.RunHere("Import-Csv t.csv");
        Assert.Equal(["käse 中"], run.Values("Prompt"));
        Assert.Equal(["7"], run.Values("Seed"));
    }

    [Fact]
    public void Quoted_fields_hold_delimiters_quotes_and_line_breaks()
    {
        using Samples samples = new();
        samples.Write("t.csv", "#TYPE x\nA;B\n\"a;1\";\"say \"\"b\"\"\"\n\n\"two\nlines\";\n");
        var run = samples.RunHere("Import-Csv t.csv -Delimiter ';'");
        Assert.Equal(["a;1", "two\nlines"], run.Values("A"));
        Assert.Equal(["say \"b\"", ""], run.Values("B"));
    }

    [Fact]
    public void A_header_can_be_given_and_short_rows_lack_values()
    {
        using Samples samples = new();
        samples.Write("t.csv", "1,2\n3\n");
        var run = samples.RunHere("Import-Csv t.csv -Header X,Y");
        Assert.Equal(["1", "3"], run.Values("X"));
        Assert.Equal(["2", null], run.Values("Y"));
    }

    [Theory]
    [InlineData("A,a\n1,2\n", "line 1", "'A'")]
    [InlineData("A,B\n1,\"open\n", "line 2", "quote")]
    public void A_broken_table_names_file_and_line(string text, string line, string what)
    {
        using Samples samples = new();
        var path = samples.Write("t.csv", text);
        var run = samples.RunHere("Import-Csv t.csv");
        var message = Assert.Single(run.Errors).Exception.Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(line, message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Errors, run.ExitCode);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using Samples samples = new();
        var run = samples.RunHere("Import-Csv nowhere.csv");
        Assert.StartsWith("PathNotFound,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("nowhere.csv", run.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_exported_comes_back()
    {
        using Samples samples = new();
        samples.Write("t.csv", "A,B\n\"x,\"\"y\",1\n");
        Assert.Equal(ExitCode.Success, samples.RunHere("Import-Csv t.csv | Export-Csv u.csv -NoTypeInformation").ExitCode);
        Assert.Equal(["\"A\",\"B\"", "\"x,\"\"y\",\"1\""], samples.Lines("u.csv"));
        samples.RunHere("Import-Csv t.csv | Export-Csv u.csv -Append");
        Assert.Equal(["x,\"y", "x,\"y"], samples.RunHere("Import-Csv u.csv").Values("A"));
    }

    [Fact]
    public void What_if_writes_no_file_and_an_existing_file_can_be_kept()
    {
        using Samples samples = new();
        samples.RunHere("New-Thing a | Export-Csv u.csv -WhatIf");
        Assert.False(File.Exists(Path.Combine(samples.Folder, "u.csv")));
        samples.Write("u.csv", "mine");
        Assert.StartsWith("FileOpenFailure,",
            Assert.Single(samples.RunHere("New-Thing a | Export-Csv u.csv -NoClobber").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["mine"], samples.Lines("u.csv"));
    }

    [Fact]
    public void A_full_disk_is_one_error()
    {
        Needs.FullDisk();

        var run = Samples.Run("New-Thing a | Export-Csv /dev/full");
        Assert.StartsWith("FileWriteFailure,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Errors, run.ExitCode);
    }

    [Fact]
    public void Lines_of_csv_can_be_written_to_the_pipeline() =>
        Assert.Equal(["\"Name\";\"Size\";\"Finish\"", "\"a\";\"10\";\"Rough\""], Samples.Objects("New-Thing a | ConvertTo-Csv -Delimiter ';'"));
}
