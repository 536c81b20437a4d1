namespace TinySora.PowerShell.Tests.Host;

/// <summary>What objects look like on standard output.</summary>
public sealed class OutputTests
{
    [Fact]
    public void A_few_properties_make_a_table() => Assert.Equal("""

        Name Size
        ---- ----
        ball    3


        """.ReplaceLineEndings(), Samples.Run("Get-Sample Custom").Output);

    [Fact]
    public void Many_properties_make_a_list() => Assert.Equal("""

        A : 1
        B : 2
        C : 3
        D : 4
        E : 5
        F : 6
        G : 7


        """.ReplaceLineEndings(), Samples.Run("Get-Sample Wide").Output);

    [Fact]
    public void A_table_view_sets_labels_widths_alignment_and_format() => Assert.Equal("""

        Thing     Mass (kg)
        -----     ---------
        ball           1.23
        a very …   1,200.00


        """.ReplaceLineEndings(), Samples.Run("Get-Sample Measured").Output);

    [Fact]
    public void A_list_view_sets_labels() =>
        Assert.Contains("What it is : round", Samples.Run("Get-Sample Described").Output, StringComparison.Ordinal);

    [Fact]
    public void Texts_and_numbers_are_lines_and_collections_are_enumerated() =>
        Assert.Equal($"1{Environment.NewLine}2{Environment.NewLine}3{Environment.NewLine}", Samples.Run("Get-Sample List").Output);

    [Fact]
    public void A_dictionary_shows_names_and_values() =>
        Assert.Contains("Key  value", Samples.Run("Get-Sample Table").Output, StringComparison.Ordinal);

    [Fact]
    public void Columns_fit_all_rows_that_come_together()
    {
        var lines = Samples.Run("New-Thing a,abcdefghij").Output.Split(Environment.NewLine);
        Assert.Equal("Name       Size Finish", lines[1]);
        Assert.Equal("a            10 Rough", lines[3]);
    }

    [Fact]
    public void Another_kind_of_object_starts_a_table_of_its_own()
    {
        using Samples samples = new();
        samples.Write("a.csv", "A\n1\n");
        samples.Write("b.csv", "B\n2\n");
        var output = samples.RunHere("Import-Csv a.csv,b.csv").Output;
        Assert.Equal(["", "A", "-", "1", "", "", "B", "-", "2", "", ""], output.Split(Environment.NewLine));
    }

    [Fact]
    public void Format_commands_choose_properties_and_shape()
    {
        Assert.Equal(["", "Size Name", "---- ----", "  10 ball"], Samples.Objects("New-Thing ball | Format-Table Size,Name"));
        Assert.Equal(["", "Name   : ball", "Size   : 10", "Finish : Rough"], Samples.Objects("New-Thing ball | Format-List"));
    }
}
