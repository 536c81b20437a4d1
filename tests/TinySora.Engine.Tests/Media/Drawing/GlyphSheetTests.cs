using System.Text.Json;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Tests.Studio;

namespace TinySora.Engine.Tests.Media.Drawing;

/// <summary>The glyphs of charts. With TINYSORA_WRITE_GLYPHS=1, Chromium rasterizes them again.</summary>
public sealed class GlyphSheetTests
{
    public static TheoryData<string> Sizes => ["Label", "Title"];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_character_has_a_distinct_glyph_that_fits_its_cell(string size)
    {
        var sheet = Of(size);
        var glyphs = Enumerable.Range(' ' + 1, '~' - ' ').Select(code => Cover(sheet, (char)code)).ToList();
        Assert.Equal(94, glyphs.Select(Convert.ToHexString).Distinct().Count());
        Assert.All(glyphs, glyph => Assert.Contains(glyph, cover => cover > 150));
        Assert.All(Cover(sheet, ' '), cover => Assert.Equal(0, cover));
        Assert.All(glyphs, glyph => Assert.DoesNotContain(glyph.Where((_, i) => i % sheet.Cell == sheet.Cell - 1 || i / sheet.Cell == sheet.Cell - 1), cover => cover > 100));
        Assert.Equal(Cover(sheet, '?'), Cover(sheet, 'ß'));
    }

    /// <summary>The glyphs are not those of a block font: edges are smooth, and widths differ between letters.</summary>
    [Theory]
    [MemberData(nameof(Sizes))]
    public void Glyphs_are_smooth_and_proportional(string size)
    {
        var sheet = Of(size);
        Assert.True(Cover(sheet, 'o').Count(cover => cover is > 20 and < 230) > 10);
        Assert.True(sheet.Advance('i') < sheet.Advance('o') && sheet.Advance('o') < sheet.Advance('m'));
        Assert.Equal(sheet.Advance('1'), sheet.Advance('8'));
        Assert.Equal(sheet.Advance('a') + sheet.Advance('W'), sheet.Width("aW"));
        var rows = Cover(sheet, 'H').Chunk(sheet.Cell).Select((row, y) => (y, Ink: row.Any(cover => cover > 100))).Where(row => row.Ink).Select(row => row.y).ToList();
        Assert.Equal(sheet.Baseline, rows[^1] + 1);
        Assert.InRange(rows.Count, sheet.CapHeight - 1, sheet.CapHeight + 1);
    }

    [Fact]
    public void Charts_are_light_or_dark_with_readable_text()
    {
        foreach (var dark in (bool[])[false, true])
        {
            var theme = dark ? ChartTheme.Dark : ChartTheme.Light;
            var chart = LineChart.Draw("Loss", "step", [("each step", [(0, 1), (9, 0.2)]), ("smoothed", [(0, 0.9), (9, 0.3)])], dark: dark);
            Assert.Equal([theme.Background.R, theme.Background.G, theme.Background.B], chart.Pixels[..3]);
            Assert.True(Contrast(theme.Background, theme.Ink) > 7);
            Assert.All(theme.Series, color => Assert.True(Contrast(theme.Background, color) > (dark ? 4.5 : 2)));
            var shades = chart.Pixels.Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2])).Distinct().Count();
            Assert.True(shades > 100, $"Only {shades} colors: the texts are not antialiased.");
            Picture(chart, dark ? "loss-dark" : "loss-light");
        }
    }

    [Fact]
    public void Sheet_is_rasterized()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TINYSORA_WRITE_GLYPHS") == "1", "Only with TINYSORA_WRITE_GLYPHS=1.");
        GlyphSheet[] sheets = [GlyphSheet.Label, GlyphSheet.Title];
        var (width, height) = (sheets.Max(sheet => sheet.Cell) * GlyphSheet.Columns, sheets.Sum(sheet => sheet.Cell) * GlyphSheet.Rows);
        using var browser = new Browser();
        browser.Open(new Uri("about:blank"));
        browser.Evaluate($"window.c = document.createElement('canvas'); [c.width, c.height] = [{width}, {height}]; window.g = c.getContext('2d'); window.a = []; ''");
        var top = 0;
        foreach (var sheet in sheets)
        {
            browser.Evaluate($$"""
                g.font = '{{(sheet.IsBold ? "bold " : "")}}{{sheet.Size}}px "DejaVu Sans"';
                for (let i = 0; i < 95; i++) {
                  const [character, x, y] = [String.fromCharCode(32 + i), i % {{GlyphSheet.Columns}} * {{sheet.Cell}}, {{top}} + Math.floor(i / {{GlyphSheet.Columns}}) * {{sheet.Cell}}];
                  g.fillText(character, x + {{GlyphSheet.Bearing}}, y + {{sheet.Baseline}});
                  a.push([x, y, Math.round(g.measureText(character).width)]);
                }
                ''
                """);
            top += GlyphSheet.Rows * sheet.Cell;
        }

        var alpha = JsonSerializer.Deserialize<int[]>(browser.Evaluate("JSON.stringify([...g.getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 3))"))!;
        foreach (var advance in JsonSerializer.Deserialize<int[][]>(browser.Evaluate("JSON.stringify(a)"))!)
        {
            alpha[(advance[1] * width) + advance[0]] = advance[2];
        }

        using var file = File.Create(Repository.At("TinySora.Engine", "Media", "Drawing", GlyphSheet.Resource));
        PngCodec.Write(file, new Clip([.. alpha.Select(value => (byte)value)], 1, height, width, 1));
    }

    private static GlyphSheet Of(string size) => size == "Label" ? GlyphSheet.Label : GlyphSheet.Title;

    private static byte[] Cover(GlyphSheet sheet, char character) =>
        [.. Enumerable.Range(0, sheet.Cell * sheet.Cell).Select(i => sheet.Coverage(character, i % sheet.Cell, i / sheet.Cell))];

    /// <summary>Computes the contrast ratio of WCAG 2, from 1 to 21.</summary>
    private static double Contrast(Rgb a, Rgb b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);

        static double Luminance(Rgb color) => (0.2126 * Linear(color.R)) + (0.7152 * Linear(color.G)) + (0.0722 * Linear(color.B));

        static double Linear(byte value) => value / 255.0 is var share && share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static void Picture(Clip chart, string name)
    {
        if (Environment.GetEnvironmentVariable("TINYSORA_PICTURES") is string folder)
        {
            using var file = File.Create(Path.Combine(folder, $"{name}.png"));
            PngCodec.Write(file, chart);
        }
    }
}
