using System.IO.Compression;
using System.Text.RegularExpressions;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Terminal;

namespace TinySora.Engine.Tests.Media.Terminal;

public sealed partial class TerminalVideoTests
{
    private const string Escape = "\u001b";

    // Two frames, 2 wide and 2 high: red and green above blue and blue; all white.
    private static readonly Clip Small = new(
        [255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, .. Enumerable.Repeat((byte)255, 12)], 2, 2, 2, 3, FrameMilliseconds: 40);

    [Fact]
    public void Frame_overwrites_the_previous_one_and_leaves_the_cursor_on_its_last_line()
    {
        var video = new TerminalVideo(Clip.Black(1, 4, 2, 3), TerminalGraphics.HalfBlocks, TerminalColors.All, null, (80, 24));
        const string Line = $"{Escape}[38;2;0;0;0m{Escape}[48;2;0;0;0m▀▀{Escape}[0m";
        Assert.Equal(2, video.Rows);
        Assert.Equal("\n", video.Room);
        Assert.Equal($"{Escape}[2A\r{Line}\n{Line}", video.Frame(0));
    }

    [Fact]
    public void Sixels_are_drawn_once_for_each_color_of_a_band()
    {
        // 20 pixels wide: each pixel of the clip is 10 x 10, so a band of six rows repeats and the second band has both colors.
        var video = new TerminalVideo(Small, TerminalGraphics.Sixel, TerminalColors.All, 2, (80, 24));
        Assert.Equal(2, video.Rows);
        Assert.Equal(TimeSpan.FromMilliseconds(40), video.FrameTime);
        Assert.Equal(
            $"{Escape}[2A\r{Escape}7{Escape}P0;1q\"1;1;20;20#0;2;0;0;100#1;2;0;100;0#2;2;100;0;0"
            + "#1!10?!10~$#2!10~!10?-"
            + "#0!20o$#1!10?!10N$#2!10N!10?-"
            + "#0!20~-"
            + "#0!20B-"
            + $"{Escape}\\{Escape}8{Escape}[1B",
            video.Frame(0));
    }

    [Fact]
    public void Kitty_receives_raw_pixels_in_as_many_commands_as_needed()
    {
        var noise = new byte[3 * 60 * 60];
        new Random(1).NextBytes(noise);
        var video = new TerminalVideo(new Clip(noise, 1, 60, 60, 3), TerminalGraphics.Kitty, TerminalColors.All, 30, (80, 24));
        Assert.Equal(15, video.Rows);
        var commands = KittyCommand().Matches(video.Frame(0));
        Assert.Equal("a=T,f=24,o=z,s=60,v=60,i=1,p=1,c=30,r=15,C=1,q=2,m=1", commands[0].Groups[1].Value);
        Assert.All(commands.Skip(1).SkipLast(1), command => Assert.Equal("m=1", command.Groups[1].Value));
        Assert.Equal("m=0", commands[^1].Groups[1].Value);
        Assert.All(commands, command => Assert.InRange(command.Groups[2].Length, 1, 4096));

        using var data = new MemoryStream(Convert.FromBase64String(string.Concat(commands.Select(command => command.Groups[2].Value))));
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionMode.Decompress))
        {
            zlib.CopyTo(pixels);
        }

        Assert.Equal(noise, pixels.ToArray());
    }

    [Theory]
    [InlineData(TerminalGraphics.HalfBlocks, null, 64, 32)]
    [InlineData(TerminalGraphics.HalfBlocks, 20, 20, 10)]
    [InlineData(TerminalGraphics.HalfBlocks, 500, 79, 40)]
    [InlineData(TerminalGraphics.Kitty, null, 40, 20)]
    [InlineData(TerminalGraphics.Sixel, null, 40, 25)]
    public void Video_has_the_requested_width_up_to_that_of_the_terminal(TerminalGraphics graphics, int? width, int columns, int rows)
    {
        var video = new TerminalVideo(Clip.Black(1, 64, 64, 1), graphics, TerminalColors.All, width, (80, 60));
        Assert.Equal(rows, video.Rows);
        if (graphics == TerminalGraphics.HalfBlocks)
        {
            Assert.Equal(columns * rows, video.Frame(0).Count(c => c == '▀'));
        }
    }

    /// <summary>A character is assumed to be 10 x 16 pixels, so the 64 pixels of each row are reduced to 20.</summary>
    [Fact]
    public void Clip_that_is_wider_than_its_columns_is_reduced()
    {
        var video = new TerminalVideo(Clip.Black(1, 32, 64, 3), TerminalGraphics.Sixel, TerminalColors.All, 2, (80, 24));
        Assert.Contains("\"1;1;20;10", video.Frame(0), StringComparison.Ordinal);
        Assert.Equal(("", 1), (video.Room, video.Rows));
        Assert.EndsWith($"{Escape}8", video.Frame(0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TerminalGraphics.HalfBlocks)]
    [InlineData(TerminalGraphics.Sixel)]
    [InlineData(TerminalGraphics.Kitty)]
    public void Tall_video_leaves_two_lines_of_the_terminal(TerminalGraphics graphics) => Assert.InRange(
        new TerminalVideo(Clip.Black(1, 600, 100, 1), graphics, TerminalColors.All, null, (80, 24)).Rows, 15, 22);

    [Theory]
    [InlineData(TerminalGraphics.Kitty, "TERM=xterm-kitty")]
    [InlineData(TerminalGraphics.Kitty, "TERM=xterm-256color", "KITTY_WINDOW_ID=1")]
    [InlineData(TerminalGraphics.Kitty, "TERM=xterm-ghostty")]
    [InlineData(TerminalGraphics.Kitty, "TERM=xterm-256color", "TERM_PROGRAM=ghostty")]
    [InlineData(TerminalGraphics.Sixel, "TERM=mlterm")]
    [InlineData(TerminalGraphics.Sixel, "TERM=xterm-sixel")]
    [InlineData(TerminalGraphics.Sixel, "TERM=xterm", "TERM_PROGRAM=mintty")]
    [InlineData(TerminalGraphics.Sixel, "TERM=xterm", "TERM_PROGRAM=iTerm.app")]
    [InlineData(TerminalGraphics.Sixel, "TERM=xterm", "TERM_PROGRAM=contour")]
    [InlineData(TerminalGraphics.HalfBlocks, "TERM=screen", "TERM_PROGRAM=WezTerm")]
    [InlineData(TerminalGraphics.Sixel, "TERM=foot")]
    [InlineData(TerminalGraphics.Sixel, "TERM=xterm-256color", "TERM_PROGRAM=WezTerm")]
    [InlineData(TerminalGraphics.Sixel, "TERM=xterm-256color", "KONSOLE_VERSION=220400")]
    [InlineData(TerminalGraphics.HalfBlocks, "TERM=tmux-256color", "KITTY_WINDOW_ID=1")]
    [InlineData(null, "TERM=xterm-256color")]
    [InlineData(null, "WT_SESSION=1")]
    [InlineData(null)]
    public void Graphics_support_is_recognized_by_environment_variables(TerminalGraphics? expected, params string[] environment)
    {
        var variables = environment.Select(e => e.Split('=')).ToDictionary(e => e[0], e => e[1]);
        Assert.Equal(expected, TerminalFeatures.Graphics(name => variables.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData("\u001b[?61;4;6;7;14;21;22;23;24;28;32;42c", true, true)] // Windows Terminal 1.22
    [InlineData("\u001b[?62;4c", true, true)]
    [InlineData("\u001b[?64;1;2;6;9;15;18;21;22c", true, false)] // xterm
    [InlineData("\u001b[?4;6c", true, false)] // a VT132: the first number is its class
    [InlineData("\u001b[?6c", true, false)] // the Linux console
    [InlineData("x\u001b[?62;22;4c", true, true)]
    [InlineData("\u001b[?62;4", false, false)]
    [InlineData("", false, false)]
    public void Sixel_support_is_read_from_the_answer_of_the_terminal(string answer, bool isWhole, bool takes) =>
        Assert.Equal((isWhole, takes), (DeviceAttributes.IsWhole(answer), DeviceAttributes.IncludesSixel(answer)));

    [GeneratedRegex("\u001b_G([^;]*);([^\u001b]*)\u001b\\\\")]
    private static partial Regex KittyCommand();
}
