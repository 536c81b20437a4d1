using System.Collections;
using System.Text;

namespace TinySora.Host.Language;

/// <summary>Reads values from a text: quoted texts, words, lists with commas, <c>@(...)</c> and <c>@{a=1; b=2}</c>.</summary>
internal sealed class ValueReader(string text)
{
    private int nesting;

    public int Position { get; private set; }

    public bool AtEnd => Position >= text.Length;

    private char Current => text[Position];

    public void Skip(int count) => Position += count;

    public void SkipSpace()
    {
        while (!AtEnd && char.IsWhiteSpace(Current))
        {
            Position++;
        }
    }

    /// <summary>A value, or a <see cref="ValueList"/> where commas follow.</summary>
    public object? ReadValue()
    {
        var start = Position;
        List<object?> items = [ReadItem()];
        var end = Position;
        while (SkipComma())
        {
            items.Add(ReadItem());
            end = Position;
        }

        Position = end;
        return items.Count == 1 ? items[0] : new ValueList(items, text[start..end]);
    }

    /// <summary>A word up to a space, bar or comma.</summary>
    public string ReadWord()
    {
        var start = Position;
        while (!AtEnd && !char.IsWhiteSpace(Current) && Current is not ('|' or ',')
            && !(nesting > 0 && Current is ')' or '}' or ';' or '='))
        {
            Position++;
        }

        return start < Position ? text[start..Position] : throw Unexpected("a value");
    }

    private bool SkipComma()
    {
        SkipSpace();
        if (AtEnd || Current != ',')
        {
            return false;
        }

        Position++;
        SkipSpace();
        return true;
    }

    private object? ReadItem()
    {
        if (AtEnd)
        {
            throw Unexpected("a value");
        }

        if (Current is '\'' or '"')
        {
            return ReadQuoted();
        }

        if (Current == '{')
        {
            throw new CommandLineException(
                "NoScripts", "Script blocks need PowerShell. For conditions write: Where-Object Step -gt 100");
        }

        if (text.AsSpan(Position).StartsWith("@{"))
        {
            return ReadTable();
        }

        if (text.AsSpan(Position).StartsWith("@("))
        {
            Position++;
            return ReadArray();
        }

        if (Current == '(')
        {
            return ReadArray();
        }

        var word = ReadWord();
        return word.ToUpperInvariant() switch
        {
            "$TRUE" => true,
            "$FALSE" => false,
            "$NULL" => null,
            _ => new BareWord(word),
        };
    }

    private string ReadQuoted()
    {
        var quote = Current;
        var start = Position++;
        StringBuilder value = new();
        while (!AtEnd)
        {
            var next = text[Position++];
            if (next == quote)
            {
                if (AtEnd || Current != quote)
                {
                    return value.ToString();
                }

                Position++;
            }
            else if (next == '`' && quote == '"' && !AtEnd)
            {
                next = text[Position++] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', char other => other };
            }

            value.Append(next);
        }

        throw new CommandLineException("TerminatorExpected", $"The quote at {text[start..]} is not closed. Add {quote} at its end.");
    }

    private object?[] ReadArray()
    {
        Position++;
        nesting++;
        List<object?> items = [];
        for (SkipSpace(); !TryTake(')'); SkipSpace())
        {
            var value = Plain(ReadValue());
            items.AddRange(value is object?[] list ? list : [value]);
        }

        nesting--;
        return [.. items];
    }

    private Hashtable ReadTable()
    {
        Position += 2;
        nesting++;
        Hashtable table = new(StringComparer.OrdinalIgnoreCase);
        for (SkipSeparators(); !TryTake('}'); SkipSeparators())
        {
            var key = !AtEnd && Current is '\'' or '"' ? ReadQuoted() : ReadWord();
            SkipSpace();
            if (!TryTake('='))
            {
                throw Unexpected($"= after the key {key}");
            }

            SkipSpace();
            table[key] = Plain(ReadValue());
        }

        nesting--;
        return table;
    }

    private void SkipSeparators()
    {
        while (!AtEnd && (char.IsWhiteSpace(Current) || Current == ';'))
        {
            Position++;
        }
    }

    private bool TryTake(char wanted)
    {
        if (AtEnd)
        {
            throw Unexpected(wanted.ToString());
        }

        var found = Current == wanted;
        Position += found ? 1 : 0;
        return found;
    }

    private static object? Plain(object? value) => value switch
    {
        BareWord word => word.Literal,
        ValueList list => list.Items.Select(Plain).ToArray(),
        _ => value,
    };

    private CommandLineException Unexpected(string wanted) => new("UnexpectedToken",
        $"Expected {wanted} {(AtEnd ? "at the end" : $"before '{text[Position..]}'")} of: {text}");
}
