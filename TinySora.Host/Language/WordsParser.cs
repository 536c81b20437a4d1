using System.Text.RegularExpressions;

namespace TinySora.Host.Language;

/// <summary>
/// A pipeline from the words that a shell passed on. The shell has removed the quotes, so a word with spaces counts as quoted
/// and a comma divides only words without.
/// </summary>
internal static partial class WordsParser
{
    private const string Bar = "|";

    /// <exception cref="CommandLineException">The words are no pipeline.</exception>
    public static IReadOnlyList<CommandLine> Parse(IReadOnlyList<string> words)
    {
        List<CommandLine> commands = [];
        var start = 0;
        for (var i = 0; i <= words.Count; i++)
        {
            if (i == words.Count || words[i] == Bar)
            {
                commands.Add(i > start
                    ? new CommandLine(words[start], Elements(words, start + 1, i))
                    : throw new CommandLineException(
                        "EmptyPipeElement", $"A command is missing beside a | in: {string.Join(' ', words)}"));
                start = i + 1;
            }
        }

        return commands;
    }

    private static List<CommandElement> Elements(IReadOnlyList<string> words, int start, int end)
    {
        List<CommandElement> elements = [];
        var parametersEnded = false;
        for (var i = start; i < end; i++)
        {
            var parameter = Parameter().Match(words[i]);
            if (!parametersEnded && words[i] == "--")
            {
                parametersEnded = true;
            }
            else if (parametersEnded || !parameter.Success)
            {
                elements.Add(new ArgumentElement(Value(words, ref i, end, words[i])));
            }
            else if (parameter.Groups["colon"].Length == 0)
            {
                elements.Add(new ParameterElement(parameter.Groups["name"].Value));
            }
            else if (parameter.Groups["value"].Length > 0)
            {
                elements.Add(new ParameterElement(
                    parameter.Groups["name"].Value, true, Value(words, ref i, end, parameter.Groups["value"].Value)));
            }
            else
            {
                throw new CommandLineException("MissingArgument", $"Nothing follows {words[i]} Your shell may have replaced " +
                    $"a $ word by nothing: write '{words[i]}$false' in single quotes, or {words[i]}false.");
            }
        }

        return elements;
    }

    // A comma at the end of a word, or at the start of the next, continues the list.
    private static object? Value(IReadOnlyList<string> words, ref int index, int end, string first)
    {
        List<string> parts = [first];
        while (index + 1 < end && !Parameter().IsMatch(words[index + 1])
            && ((!HasSpace(parts[^1]) && parts[^1].EndsWith(','))
                || (!HasSpace(words[index + 1]) && words[index + 1].StartsWith(','))))
        {
            parts.Add(words[++index]);
        }

        if (parts.Count == 1)
        {
            return Value(first);
        }

        object?[] items = [.. parts.Select(p => HasSpace(p) ? p : p.Trim(',')).Where(p => p.Length > 0).Select(Value)
            .SelectMany(v => v is ValueList list ? list.Items : [v])];
        return items.Length == 1 ? items[0] : new ValueList(items, string.Join(' ', parts));
    }

    private static object? Value(string word)
    {
        if (word.Length == 0 || (HasSpace(word) && word[0] is not ('\'' or '"' or '@' or '(')))
        {
            return word;
        }

        try
        {
            ValueReader reader = new(word);
            var value = reader.ReadValue();
            return reader.AtEnd ? value : word;
        }
        catch (CommandLineException) when (word != "{")
        {
            // A lone quote or bracket is part of the text.
            return word;
        }
    }

    private static bool HasSpace(string word) => word.Any(char.IsWhiteSpace);

    [GeneratedRegex(@"^-(?<name>[A-Za-z_?][A-Za-z0-9_]*)(?:(?<colon>:)(?<value>.*))?$", RegexOptions.Singleline)]
    private static partial Regex Parameter();
}
