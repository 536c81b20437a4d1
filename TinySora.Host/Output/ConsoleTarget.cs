using Spectre.Console;
using TinySora.Host.Execution;

namespace TinySora.Host.Output;

/// <summary>What a program's two streams lead to.</summary>
internal sealed record ConsoleTarget
{
    public required TextWriter Out { get; init; }

    public required TextWriter Err { get; init; }

    public required IProgressView Progress { get; init; }

    /// <summary>Characters of a line of standard output; 0: it is no terminal.</summary>
    public int Width { get; init; }

    public bool OutColor { get; init; }

    public bool ErrColor { get; init; }

    /// <summary>Null when nobody can be asked.</summary>
    public Func<string, string, bool, Answer>? Ask { get; init; }

    /// <summary>This process's console.</summary>
    public static ConsoleTarget ForProcess()
    {
        var color = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        var terminal = !Console.IsErrorRedirected && console.Profile.Capabilities.Ansi;
        return new ConsoleTarget
        {
            Out = Console.Out,
            Err = Console.Error,
            Progress = terminal
                ? new ProgressBars(console, TimeProvider.System)
                : new ProgressLines(Console.Error, TimeProvider.System),
            Width = Console.IsOutputRedirected ? 0 : Math.Max(0, Console.BufferWidth - 1),
            OutColor = color && !Console.IsOutputRedirected,
            ErrColor = color && terminal,
            Ask = Console.IsInputRedirected || Console.IsErrorRedirected ? null : Question.Ask,
        };
    }
}
