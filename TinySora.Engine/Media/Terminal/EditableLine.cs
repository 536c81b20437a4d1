namespace TinySora.Engine.Media.Terminal;

/// <summary>A line being edited, and its cursor position.</summary>
/// <param name="Cursor">Number of characters before the cursor.</param>
public sealed record EditableLine(string Text, int Cursor)
{
    /// <summary>Creates a line with the cursor at its end.</summary>
    public EditableLine(string text)
        : this(text, text.Length)
    {
    }

    /// <summary>Returns the line after a key press; unchanged if the key has no effect.</summary>
    public EditableLine Apply(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        return key.Key switch
        {
            ConsoleKey.Backspace when control => Without(WordBefore, Cursor),
            ConsoleKey.W when control => Without(WordBefore, Cursor),
            ConsoleKey.U when control => Without(0, Cursor),
            ConsoleKey.Backspace => Without(Math.Max(0, Cursor - 1), Cursor),
            ConsoleKey.Delete => Without(Cursor, Math.Min(Text.Length, Cursor + 1)),
            ConsoleKey.LeftArrow => this with { Cursor = control ? WordBefore : Math.Max(0, Cursor - 1) },
            ConsoleKey.RightArrow => this with { Cursor = control ? WordAfter : Math.Min(Text.Length, Cursor + 1) },
            ConsoleKey.Home => this with { Cursor = 0 },
            ConsoleKey.End => this with { Cursor = Text.Length },
            _ => char.IsControl(key.KeyChar) || control ? this : new(Text.Insert(Cursor, $"{key.KeyChar}"), Cursor + 1),
        };
    }

    /// <summary>Returns the part of the line around the cursor that fits into a terminal.</summary>
    /// <param name="width">Number of characters, including one for a cursor after the last character.</param>
    /// <returns>The text, and the cursor's column in it.</returns>
    public (string Text, int Column) Within(int width)
    {
        var first = Math.Max(0, Cursor - Math.Max(1, width) + 1);
        return (Text[first..Math.Min(Text.Length, first + Math.Max(1, width) - 1)], Cursor - first);
    }

    private int WordBefore => Text[..Cursor].TrimEnd().LastIndexOf(' ') + 1;

    private int WordAfter => Text.IndexOf(' ', Math.Min(Text.Length, Cursor + 1)) is >= 0 and var space ? space : Text.Length;

    private EditableLine Without(int first, int end) => new(Text.Remove(first, end - first), first);
}
