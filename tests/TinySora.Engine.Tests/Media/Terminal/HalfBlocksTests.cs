using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;

namespace TinySora.Engine.Tests.Media.Terminal;

public sealed class HalfBlocksTests
{
    private const string Escape = "\u001b[";

    [Fact]
    public void Two_rows_of_pixels_share_a_line_and_colors_are_set_only_when_they_change()
    {
        // 2 wide, 3 high: black and white above, red and red below; then a single row of green.
        var picture = new Clip([0, 0, 0, 255, 255, 255, 200, 0, 0, 200, 0, 0, 0, 120, 0, 0, 120, 0], 1, 3, 2, 3);
        Assert.Equal(
            [
                $"{Escape}38;2;0;0;0m{Escape}48;2;200;0;0m▀{Escape}38;2;255;255;255m▀{Escape}0m",
                $"{Escape}38;2;0;120;0m{Escape}49m▀▀{Escape}0m",
            ],
            HalfBlocks.Lines(picture, TerminalColors.All));
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(47, 16)]
    [InlineData(48, 16 + 43)]
    [InlineData(114, 16 + 43)]
    [InlineData(115, 16 + (2 * 43))]
    [InlineData(175, 16 + (3 * 43))]
    [InlineData(234, 16 + (4 * 43))]
    [InlineData(235, 231)]
    [InlineData(255, 231)]
    public void Palette_provides_its_nearest_color(byte gray, int color) => Assert.Equal(
        [$"{Escape}38;5;{color}m{Escape}49m▀{Escape}0m"],
        HalfBlocks.Lines(new Clip([gray], 1, 1, 1, 1), TerminalColors.Palette));

    [Theory]
    [InlineData(TerminalColors.All, "TERM=xterm-256color", "COLORTERM=truecolor")]
    [InlineData(TerminalColors.All, "COLORTERM=24bit")]
    [InlineData(TerminalColors.All, "TERM=xterm-direct")]
    [InlineData(TerminalColors.All, "WT_SESSION=5")]
    [InlineData(TerminalColors.Palette, "TERM=screen-256color")]
    [InlineData(TerminalColors.Palette, "TERM=xterm-256color", "NO_COLOR=")]
    [InlineData(TerminalColors.None, "TERM=linux")]
    [InlineData(TerminalColors.None)]
    [InlineData(TerminalColors.None, "TERM=dumb", "COLORTERM=truecolor")]
    [InlineData(TerminalColors.None, "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=1")]
    public void Color_support_follows_the_terminal_and_NO_COLOR(TerminalColors expected, params string[] environment)
    {
        Assert.Equal(expected, ColorsOf(environment, isWindows: false));
        if (environment.Any(variable => variable.StartsWith("TERM=", StringComparison.Ordinal)))
        {
            Assert.Equal(expected, ColorsOf(environment, isWindows: true));
        }
    }

    [Theory]
    [InlineData(TerminalColors.All)]
    [InlineData(TerminalColors.None, "NO_COLOR=1")]
    public void Consoles_of_Windows_show_colors_without_any_variable(TerminalColors expected, params string[] environment) =>
        Assert.Equal(expected, ColorsOf(environment, isWindows: true));

    private static TerminalColors ColorsOf(string[] environment, bool isWindows)
    {
        var variables = environment.Select(e => e.Split('=')).ToDictionary(e => e[0], e => e[1]);
        return TerminalFeatures.Colors(name => variables.GetValueOrDefault(name), isWindows);
    }
}
