using System.Text.RegularExpressions;

namespace TinySora.Host.Language;

/// <summary>A pipeline from one text, with quotes as in PowerShell.</summary>
internal static partial class LineParser
{
    /// <exception cref="CommandLineException">The text is no pipeline.</exception>
    public static IReadOnlyList<CommandLine> Parse(string line)
    {
        ValueReader reader = new(line);
        List<CommandLine> commands = [ReadCommand(reader, line)];
        while (!reader.AtEnd)
        {
            // ReadCommand stops at a bar or at the end.
            reader.Skip(1);
            commands.Add(ReadCommand(reader, line));
        }

        return commands;
    }

    private static CommandLine ReadCommand(ValueReader reader, string line)
    {
        reader.SkipSpace();
        if (reader.AtEnd || line[reader.Position] == '|')
        {
            throw new CommandLineException("EmptyPipeElement", $"A command is missing beside a | in: {line}");
        }

        var first = reader.ReadValue();
        reader.SkipSpace();
        if (first is not BareWord && (reader.AtEnd || line[reader.Position] == '|'))
        {
            return new CommandLine("Write-Output", [new ArgumentElement(first)]);
        }

        var name = Text(first);
        List<CommandElement> elements = [];
        var parametersEnded = false;
        for (reader.SkipSpace(); !reader.AtEnd && line[reader.Position] != '|'; reader.SkipSpace())
        {
            var parameter = Parameter().Match(line, reader.Position);
            if (parametersEnded || !parameter.Success)
            {
                var value = reader.ReadValue();
                RefuseVariable(value);
                elements.Add(new ArgumentElement(value));
            }
            else if (parameter.Value == "--")
            {
                parametersEnded = true;
                reader.Skip(2);
            }
            else
            {
                reader.Skip(parameter.Length);
                elements.Add(parameter.Groups["colon"].Length == 0
                    ? new ParameterElement(parameter.Groups["name"].Value)
                    : new ParameterElement(parameter.Groups["name"].Value, true, reader.ReadValue()));
            }
        }

        return new CommandLine(name, elements);
    }

    private static string Text(object? value) => value switch
    {
        BareWord word => word.Text,
        string text => text,
        _ => throw new CommandLineException("UnexpectedToken", $"A pipeline begins with the name of a command, not with: {value}"),
    };

    private static void RefuseVariable(object? value)
    {
        if (value is BareWord word && Variable().IsMatch(word.Text))
        {
            throw new CommandLineException("NoVariables",
                $"{word.Text} is a variable, and there are none here. Write its value, in quotes when it holds spaces.");
        }
    }

    [GeneratedRegex(@"\G(?:--(?=\s|$)|-(?<name>[A-Za-z_?][A-Za-z0-9_]*)(?<colon>:)?(?(colon)|(?=[\s|]|$)))")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\$[A-Za-z_]\w*$")]
    private static partial Regex Variable();
}
