using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace TinySora.Host;

/// <summary>Questions at the keyboard, as PowerShell asks them; where nobody sits there, they are an error.</summary>
internal static class Questions
{
    public static void Refuse()
    {
        if (Console.IsInputRedirected)
        {
            throw new PSInvalidOperationException(
                "There is no terminal to ask on: name the parameter that is missing, add -Force where the command has it, or -Confirm:$false.");
        }
    }

    public static SecureString ReadSecret()
    {
        Refuse();
        SecureString secret = new();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
            {
                secret.RemoveAt(secret.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        Console.WriteLine();
        return secret;
    }

    /// <summary>Values of parameters; of a list one after the other, to an empty line.</summary>
    public static Dictionary<string, PSObject> Ask(PSHostUserInterface screen, string caption, string message, Collection<FieldDescription> fields)
    {
        Refuse();
        Title(screen, caption, message);
        Dictionary<string, PSObject> answers = [];
        foreach (var field in fields)
        {
            LanguagePrimitives.TryConvertTo<Type>(field.ParameterAssemblyFullName, out var type);
            if (type is { IsArray: true })
            {
                List<string> values = [];
                while (Line(screen, $"{field.Name}[{values.Count}]: ") is { Length: > 0 } value)
                {
                    values.Add(value);
                }

                answers[field.Name] = new PSObject(values.ToArray());
                continue;
            }

            screen.Write($"{field.Name}: ");
            answers[field.Name] = type == typeof(SecureString) ? new PSObject(ReadSecret()) : new PSObject(Console.In.ReadLine() ?? "");
        }

        return answers;
    }

    /// <returns>The number of the choice.</returns>
    public static int Choose(PSHostUserInterface screen, string caption, string message, Collection<ChoiceDescription> choices, int usual)
    {
        Refuse();
        Title(screen, caption, message);
        var keys = choices.Select(Hotkey).ToArray();
        var shown = string.Join("  ", choices.Select((choice, i) => $"[{keys[i]}] {choice.Label.Replace("&", "", StringComparison.Ordinal)}"));
        var hint = usual >= 0 ? $" (default is \"{keys[usual]}\")" : "";
        while (true)
        {
            var answer = Line(screen, $"{shown}  [?] Help{hint}: ").Trim();
            if (answer.Length == 0 && usual >= 0)
            {
                return usual;
            }

            if (answer == "?")
            {
                for (var i = 0; i < choices.Count; i++)
                {
                    screen.WriteLine($"{keys[i]} - {choices[i].HelpMessage}");
                }
            }

            var found = Enumerable.Range(0, choices.Count).Where(i => answer.Equals(keys[i], StringComparison.OrdinalIgnoreCase)
                || answer.Equals(choices[i].Label.Replace("&", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)).ToArray();
            if (found.Length > 0)
            {
                return found[0];
            }
        }
    }

    public static PSCredential Credential(PSHostUserInterface screen, string caption, string message, string? user)
    {
        Refuse();
        Title(screen, caption, message);
        var name = string.IsNullOrEmpty(user) ? Line(screen, "User: ") : user;
        screen.Write($"Password for user {name}: ");
        return new PSCredential(name, ReadSecret());
    }

    private static string Hotkey(ChoiceDescription choice)
    {
        var mark = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < choice.Label.Length ? choice.Label[mark + 1].ToString().ToUpperInvariant() : choice.Label;
    }

    private static string Line(PSHostUserInterface screen, string prompt)
    {
        screen.Write(prompt);
        return Console.In.ReadLine() ?? throw new PipelineStoppedException();
    }

    private static void Title(PSHostUserInterface screen, string caption, string message)
    {
        if (caption is { Length: > 0 })
        {
            screen.WriteLine();
            screen.WriteLine(PSStyle.Instance.Bold + caption + PSStyle.Instance.BoldOff);
        }

        if (message is { Length: > 0 })
        {
            screen.WriteLine(message);
        }
    }
}
