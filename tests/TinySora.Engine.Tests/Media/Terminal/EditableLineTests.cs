using TinySora.Engine.Media.Terminal;

namespace TinySora.Engine.Tests.Media.Terminal;

public sealed class EditableLineTests
{
    [Theory]
    [InlineData("a red circle", "", "a red circle|")]
    [InlineData("a red", " star", "a red star|")]
    [InlineData("a red star", "<<<<", "a red |star")]
    [InlineData("a red star", "[xDD", "x|red star")]
    [InlineData("a red star", "[D]D~<!", " red st!|a")]
    [InlineData("a red star", "~~~~~~~~~~~~", "|")]
    [InlineData("a red star", "ww", "a |")]
    [InlineData("a red star", "<<uD", "|r")]
    [InlineData("a red star", "BB", "a |")]
    [InlineData("a red star", "[>>!", "a !|red star")]
    [InlineData("a red star", "[)))))", "a red star|")]
    [InlineData("a red star", "(((", "|a red star")]
    [InlineData("a red star", "(()", "a red| star")]
    [InlineData("a red star", "%^\t", "a red star|")]
    public void Keys_edit_the_line_and_move_its_cursor(string text, string keys, string expected)
    {
        var line = keys.Aggregate(new EditableLine(text), (line, key) => line.Apply(Key(key)));
        Assert.Equal(expected, line.Text.Insert(line.Cursor, "|"));
    }

    [Theory]
    [InlineData("a red star", 20, "a red star", 10)]
    [InlineData("a red star", 11, "a red star", 10)]
    [InlineData("a red star", 5, "star", 4)]
    public void Narrow_terminal_shows_the_part_around_the_cursor(string text, int width, string seen, int column) =>
        Assert.Equal((seen, column), new EditableLine(text).Within(width));

    /// <summary>Characters that represent keys without a character.</summary>
    private static ConsoleKeyInfo Key(char c) => c switch
    {
        '<' => Special(ConsoleKey.LeftArrow),
        '>' => Special(ConsoleKey.RightArrow),
        '(' => Special(ConsoleKey.LeftArrow, control: true),
        ')' => Special(ConsoleKey.RightArrow, control: true),
        '[' => Special(ConsoleKey.Home),
        ']' => Special(ConsoleKey.End),
        'B' => Special(ConsoleKey.Backspace, control: true),
        '~' => Special(ConsoleKey.Backspace),
        'D' => Special(ConsoleKey.Delete),
        'w' => Special(ConsoleKey.W, control: true),
        'u' => Special(ConsoleKey.U, control: true),
        '%' => Special(ConsoleKey.F5),
        '^' => Special(ConsoleKey.K, control: true),
        _ => new(c, ConsoleKey.None, shift: false, alt: false, control: false),
    };

    private static ConsoleKeyInfo Special(ConsoleKey key, bool control = false) => new('\0', key, shift: false, alt: false, control);
}
