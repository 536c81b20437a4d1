using System.Management.Automation;
using System.Text;

namespace TinySora.Host;

/// <summary>
/// A line at the keyboard: the arrow keys move in it and bring earlier ones back, Tab completes it as PowerShell does, Ctrl-C gives it up, and
/// Ctrl-D on an empty one ends the session.
/// </summary>
internal sealed class LineEditor(Session session, ConsoleHost host)
{
    private readonly List<string> history = [];
    private readonly StringBuilder text = new();
    private string prompt = "";
    private int cursor;
    private int place;
    private int rowOfCursor;
    private string unsaved = "";
    private (CommandCompletion Found, int Next)? completion;

    /// <returns>Null: no more are wanted.</returns>
    public string? Read(string promptText)
    {
        (prompt, cursor, place, rowOfCursor, completion) = (promptText, 0, history.Count, 0, null);
        text.Clear();
        Console.TreatControlCAsInput = true;
        try
        {
            Draw();
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                completion = key.Key == ConsoleKey.Tab ? completion : null;
                if (key.Key == ConsoleKey.Enter)
                {
                    Leave();
                    return Kept(text.ToString());
                }

                if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
                {
                    Leave("^C");
                    return "";
                }

                if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && text.Length == 0)
                {
                    Leave();
                    return null;
                }

                Edit(key);
                Draw();
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                cursor = control ? WordBefore() : Math.Max(0, cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                cursor = control ? WordAfter() : Math.Min(text.Length, cursor + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                cursor = text.Length;
                break;
            case ConsoleKey.UpArrow:
                Recall(place - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(place + 1);
                break;
            case ConsoleKey.Backspace when cursor > 0:
                text.Remove(--cursor, 1);
                break;
            case ConsoleKey.Delete or ConsoleKey.D when cursor < text.Length && (control || key.Key == ConsoleKey.Delete):
                text.Remove(cursor, 1);
                break;
            case ConsoleKey.U when control:
                Replace(0, cursor, "");
                break;
            case ConsoleKey.K when control:
                text.Length = cursor;
                break;
            case ConsoleKey.W when control:
                var start = WordBefore();
                Replace(start, cursor - start, "");
                break;
            case ConsoleKey.L when control:
                Console.Clear();
                rowOfCursor = 0;
                break;
            case ConsoleKey.Escape:
                Replace(0, text.Length, "");
                break;
            case ConsoleKey.Tab:
                Complete(backwards: key.Modifiers.HasFlag(ConsoleModifiers.Shift));
                break;
            case var _ when !char.IsControl(key.KeyChar):
                Replace(cursor, 0, key.KeyChar.ToString());
                break;
        }
    }

    private void Replace(int start, int length, string by)
    {
        text.Remove(start, length).Insert(start, by);
        cursor = start + by.Length;
    }

    private void Recall(int number)
    {
        if (number < 0 || number > history.Count)
        {
            return;
        }

        unsaved = place == history.Count ? text.ToString() : unsaved;
        place = number;
        Replace(0, text.Length, number == history.Count ? unsaved : history[number]);
    }

    private string Kept(string line)
    {
        if (!string.IsNullOrWhiteSpace(line) && (history.Count == 0 || history[^1] != line))
        {
            history.Add(line);
        }

        return line;
    }

    /// <summary>Completes the word; each further Tab shows the next match.</summary>
    private void Complete(bool backwards)
    {
        if (completion is null)
        {
            var line = text.ToString();
            var found = session.Ask(shell => shell.AddCommand("TabExpansion2").AddParameter("inputScript", line).AddParameter("cursorColumn", cursor));
            if (found?.BaseObject is not CommandCompletion { CompletionMatches.Count: > 0 } matches)
            {
                Console.Write('\a');
                return;
            }

            completion = (matches, backwards ? matches.CompletionMatches.Count - 1 : 0);
        }

        var (all, next) = completion.Value;
        var count = all.CompletionMatches.Count;
        var chosen = all.CompletionMatches[next].CompletionText;
        Replace(all.ReplacementIndex, all.ReplacementLength, chosen);
        all.ReplacementLength = chosen.Length;
        completion = (all, (next + (backwards ? count - 1 : 1)) % count);
    }

    private int WordBefore()
    {
        var at = cursor;
        while (at > 0 && char.IsWhiteSpace(text[at - 1]))
        {
            at--;
        }

        while (at > 0 && !char.IsWhiteSpace(text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordAfter()
    {
        var at = cursor;
        while (at < text.Length && !char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Redraws from the first row of the prompt on, and puts the cursor in its place.</summary>
    private void Draw()
    {
        var width = Math.Max(1, Console.WindowWidth);
        var whole = prompt + text;
        StringBuilder drawn = new("\r");
        if (rowOfCursor > 0)
        {
            drawn.Append($"\u001b[{rowOfCursor}A");
        }

        drawn.Append("\u001b[J").Append(whole);
        var end = Cells(whole);
        if (end % width == 0 && end > 0)
        {
            // The terminal waits with the next row until something stands there.
            drawn.Append(" \r");
        }

        var at = Cells(prompt) + Cells(text.ToString(0, cursor));
        var up = (end / width) - (at / width);
        drawn.Append('\r').Append(up > 0 ? $"\u001b[{up}A" : "").Append(at % width > 0 ? $"\u001b[{at % width}C" : "");
        rowOfCursor = at / width;
        Console.Write(drawn.ToString());
    }

    private void Leave(string mark = "")
    {
        cursor = text.Length;
        Draw();
        Console.WriteLine(mark);
    }

    private int Cells(string shown) => host.UI.RawUI.LengthInBufferCells(shown);
}
