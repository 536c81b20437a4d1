using System.Management.Automation;
using TinySora.Host.Output;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Columns, cells and format files in detail.</summary>
public sealed class ViewTests
{
    [Fact]
    public void A_table_wider_than_the_terminal_shortens_its_widest_columns()
    {
        TableText table = new([new("Name", "Name"), new("Path", "Path")], width: 20);
        PSObject row = new();
        row.Properties.Add(new PSNoteProperty("Name", "clip"));
        row.Properties.Add(new PSNoteProperty("Path", new string('x', 40)));
        table.Add(row);
        string[] lines = [.. table.Take().Select(l => l.Text)];
        Assert.Equal($"clip {new string('x', 14)}\u2026", lines[3]);
        Assert.All(lines, l => Assert.True(l.Length <= 20));
    }

    [Fact]
    public void A_path_is_seen_from_here_and_shortened_in_the_middle_and_a_state_has_its_colour()
    {
        TableText table = new(
            [new("State", "State", Width: 11, Shown: ShownAs.State), new("Path", "Path", Shown: ShownAs.Path)], width: 40, colored: true);
        PSObject row = new();
        row.Properties.Add(new PSNoteProperty("State", "Running"));
        row.Properties.Add(new PSNoteProperty("Path", Path.Combine(Environment.CurrentDirectory, "results", "a_red_circle_moving_right_and_down.gif")));
        table.Add(row);
        var start = Path.Combine(".", "results");
        Assert.Equal($"\u001b[32mRunning\u001b[0m     {start}\u2026right_and_down.gif", table.Take().ElementAt(3).Text);
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(true, "True")]
    [InlineData("two\nlines", "two lines")]
    [InlineData(new[] { 1, 2 }, "{1, 2}")]
    [InlineData(new[] { 1, 2, 3, 4, 5 }, "{1, 2, 3, 4\u2026}")]
    public void A_cell_is_one_line(object value, string expected) => Assert.Equal(expected, CellText.Of(value));

    [Fact]
    public void A_view_with_a_script_block_is_refused_with_its_name()
    {
        using Samples samples = new();
        var path = samples.Write("x.format.ps1xml", """
            <Configuration><ViewDefinitions><View><Name>Scripted</Name><ViewSelectedBy><TypeName>T</TypeName></ViewSelectedBy>
            <TableControl><TableRowEntries><TableRowEntry><TableColumnItems>
            <TableColumnItem><ScriptBlock>$_.Name</ScriptBlock></TableColumnItem>
            </TableColumnItems></TableRowEntry></TableRowEntries></TableControl></View></ViewDefinitions></Configuration>
            """);
        var message = Assert.Throws<InvalidDataException>(() => FormatViews.Load([path])).Message;
        Assert.Contains("'Scripted'", message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_name_that_was_added_chooses_the_view()
    {
        var views = FormatViews.Load([Path.Combine(Path.GetDirectoryName(Samples.AssemblyPath)!, "Sample.format.ps1xml")]);
        PSObject value = new();
        Assert.Null(views.For(value));
        value.TypeNames.Insert(0, "SampleCmdlets.Measured");
        Assert.Equal("Measured", views.For(value)?.Name);
    }
}
