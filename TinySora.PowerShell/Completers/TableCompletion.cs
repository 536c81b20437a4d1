using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes a key in a hashtable, as in <c>-Set @{ 'trainer.</c>, because PowerShell calls a parameter's completer only before the hashtable. The completers
/// of such parameters offer each key as the beginning of a hashtable.
/// </summary>
public static partial class TableCompletion
{
    /// <summary>Returns the completions, or <c>null</c> if the cursor is not at a key of a hashtable or there are no completions.</summary>
    /// <param name="input">The whole input.</param>
    /// <param name="cursor">Index of the character after the word to complete.</param>
    /// <param name="complete">Function that completes an input at its end, as PowerShell does.</param>
    public static CommandCompletion? Complete(string input, int cursor, Func<string, CommandCompletion> complete)
    {
        var text = input[..Math.Clamp(cursor, 0, input.Length)];
        Parser.ParseInput(text, out var tokens, out _);
        if (Locate(tokens) is not var (table, keyStart) || Word().Match(text, keyStart) is not { Success: true } word)
        {
            return null;
        }

        var given = GivenKey().Matches(text[table..keyStart]).Select(match => match.Groups["key"].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var typed = word.Groups["key"];
        var quote = word.Groups["quote"].Value is { Length: > 0 } own ? own : "'";
        var matches = complete(text[..table]).CompletionMatches
            .Where(offer => offer.CompletionText.StartsWith("@{'", StringComparison.Ordinal)
                && offer.ListItemText.StartsWith(typed.Value, StringComparison.OrdinalIgnoreCase) && !given.Contains(offer.ListItemText))
            .Select(offer => new CompletionResult($"{quote}{offer.ListItemText}{quote} = ", offer.ListItemText, offer.ResultType, offer.ToolTip))
            .ToList();
        var start = word.Groups["quote"].Index;
        return matches.Count == 0 ? null : new CommandCompletion([.. matches], -1, start, text.Length - start);
    }

    /// <summary>Returns the index of the innermost open hashtable at the end of the tokens, and the index after its last separator.</summary>
    private static (int Table, int KeyStart)? Locate(Token[] tokens)
    {
        var (closed, keyStart) = (0, -1);
        foreach (var token in Enumerable.Reverse(tokens))
        {
            switch (token.Kind)
            {
                case TokenKind.RCurly or TokenKind.RParen or TokenKind.RBracket:
                    closed++;
                    break;
                case TokenKind.LCurly or TokenKind.AtCurly or TokenKind.LParen or TokenKind.AtParen or TokenKind.DollarParen or TokenKind.LBracket
                    when closed > 0:
                    closed--;
                    break;
                case TokenKind.AtCurly:
                    return (token.Extent.StartOffset, keyStart < 0 ? token.Extent.EndOffset : keyStart);
                case TokenKind.LCurly or TokenKind.LParen or TokenKind.AtParen or TokenKind.DollarParen or TokenKind.LBracket:
                    return null;
                case TokenKind.Semi or TokenKind.NewLine when closed == 0 && keyStart < 0:
                    keyStart = token.Extent.EndOffset;
                    break;
            }
        }

        return null;
    }

    [GeneratedRegex(@"\G\s*(?<quote>['""]?)(?<key>[\w.]*)$")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?:@\{|[;\n])\s*['""]?(?<key>[\w.]+)['""]?\s*=")]
    private static partial Regex GivenKey();
}
