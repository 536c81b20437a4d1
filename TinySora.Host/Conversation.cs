using System.Management.Automation.Language;
using TinySora.Commands;

namespace TinySora.Host;

/// <summary>A session at the keyboard, or with commands that come from standard input.</summary>
internal sealed class Conversation(Session session, ConsoleHost host)
{
    private const string More = ">> ";

    // Where the terminal shows nothing but text, the system edits the line.
    private readonly LineEditor? editor =
        Console.IsInputRedirected || Console.IsOutputRedirected || !host.UI.SupportsVirtualTerminal ? null : new LineEditor(session, host);

    public int Run()
    {
        if (!Console.IsInputRedirected)
        {
            host.UI.WriteLine(
                $"tinysora on PowerShell {HostCommands.EngineVersion}. Get-Command *-TinySora* lists what is new here, Get-Help NAME tells of one, "
                + "exit ends it.");
        }

        var succeeded = true;
        while (host.AskedToExit is null && !session.MustEnd && Read() is { } text)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                succeeded = session.Execute(shell => shell.AddScript(text), isTyped: true) && session.Succeeded;
            }
        }

        return host.AskedToExit ?? (session.MustEnd ? ExitCode.Interrupted : succeeded || !Console.IsInputRedirected ? ExitCode.Success : ExitCode.Errors);
    }

    /// <summary>One command, which may go over several lines; null: there are no more.</summary>
    private string? Read()
    {
        var text = ReadLine(Prompt());
        while (text is not null && IsUnfinished(text))
        {
            // An empty line ends it, so that what is wrong with it is told.
            var line = ReadLine(More);
            text = $"{text}\n{line}";
            if (string.IsNullOrEmpty(line))
            {
                break;
            }
        }

        return text;
    }

    private string? ReadLine(string prompt)
    {
        if (editor is not null)
        {
            return editor.Read(prompt);
        }

        if (!Console.IsInputRedirected)
        {
            host.UI.Write(prompt);
        }

        return Console.In.ReadLine();
    }

    private string Prompt() => Console.IsInputRedirected ? "" : session.Ask(shell => shell.AddCommand("prompt"))?.ToString() ?? "PS> ";

    private static bool IsUnfinished(string text)
    {
        Parser.ParseInput(text, out _, out var problems);
        return problems.Any(problem => problem.IncompleteInput);
    }
}
