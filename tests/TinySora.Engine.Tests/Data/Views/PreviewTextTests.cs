using System.Text.RegularExpressions;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;

namespace TinySora.Engine.Tests.Data.Views;

public sealed partial class PreviewTextTests
{
    [Theory]
    [InlineData(120, 4, 28)]
    [InlineData(80, 3, 25)]
    [InlineData(24, 1, 24)]
    [InlineData(10, 1, 10)]
    [InlineData(400, 4, 40)]
    public void Cells_fill_the_width_of_the_terminal(int width, int across, int cell)
    {
        var lines = Lines(Preview(8, 64, 64), width);

        // A frame of 64x64 is as wide as its cell, and half as many lines high as it has rows.
        Assert.Equal(string.Join("  ", Enumerable.Repeat(new string('▀', cell), across)), lines[0]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Equal(8 * cell * ((cell + 1) / 2), lines.Sum(line => line.Count(c => c == '▀')));
        Assert.Equal(Enumerable.Range(1, 8).Select(n => $"{n}:"), lines.SelectMany(line => Numbers().Matches(line).Select(m => m.Value)));
    }

    [Fact]
    public void Small_frames_are_shown_pixel_by_pixel_and_others_keep_their_proportions()
    {
        Assert.Equal(["▀▀▀▀▀▀", "▀▀▀▀▀▀", "1: clip 0", ""], Lines(Preview(1, 3, 6), 80));
        var wide = Lines(Preview(1, 72, 128), 80);
        Assert.Equal((new string('▀', 40), 11), (wide[0], wide.Count(line => line.Contains('▀', StringComparison.Ordinal))));
    }

    [Fact]
    public void Captions_are_wrapped_truncated_and_cannot_control_the_terminal()
    {
        var preview = Preview(1, 2, 2);
        preview = preview with { Cells = [new PreviewCell(1, "/data/a.gif", "\u001b[2J\u0007red circle " + string.Join(' ', Enumerable.Repeat("word", 40)))] };

        var lines = PreviewText.Lines(preview, 24, 4, TerminalColors.All);

        Assert.Equal("1: [2J red circle word", lines[1]);
        Assert.Equal("word word word word word", lines[2]);
        Assert.Equal(4, lines.Count);
        Assert.DoesNotContain('\u001b', string.Concat(lines.Skip(1)));
        Assert.Contains("1: a.gif", Lines(preview with { Cells = [new PreviewCell(1, "/data/a.gif", null)] }, 24));
    }

    private static DatasetPreview Preview(int count, int height, int width) => new(
        Clip.Black(1, 1, 1, 3),
        [.. Enumerable.Range(0, count).Select(_ => Clip.Black(1, height, width, 3))],
        [.. Enumerable.Range(0, count).Select(i => new PreviewCell(i + 1, $"/data/{i}.gif", $"clip {i}"))]);

    /// <summary>Returns the visible text, without colors.</summary>
    private static List<string> Lines(DatasetPreview preview, int width) =>
        [.. PreviewText.Lines(preview, width, 4, TerminalColors.All).Select(line => Color().Replace(line, "").TrimEnd())];

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Color();

    [GeneratedRegex("[0-9]+:")]
    private static partial Regex Numbers();
}
