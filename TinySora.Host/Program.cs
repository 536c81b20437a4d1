using System.Text;
using TinySora.Commands;

namespace TinySora.Host;

/// <summary>
/// The program <c>tinysora</c>: PowerShell's engine with TinySora in it, for one line, one script, or a session at the keyboard.
/// </summary>
internal static class Program
{
    private const string Usage = """
        tinysora runs PowerShell with TinySora's commands where PowerShell is not installed.

            tinysora                                 a session: Tab completes, the arrow keys bring lines back, exit ends it
            tinysora "COMMANDS"                      what they write, and their exit code; $input is standard input
            tinysora COMMAND ARGUMENT ... '|' ...    the same, as words of a shell: one with blanks in it is one text
            tinysora script.ps1 -Name value ...      a script with its parameters
            tinysora help [COMMAND or TOPIC]         for example: tinysora help about_TinySora
            tinysora --version
        """;

    /// <summary>Whether PowerShell is there, so that it tells what goes wrong from then on.</summary>
    private static bool s_hasStarted;

    public static int Main(string[] args)
    {
        // A console's own code page has no place for most of the world's captions. It belongs to the shell, too, which gets it back.
        var before = OperatingSystem.IsWindows() ? Console.OutputEncoding : null;
        if (before is not null)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        // The first write makes the console ready, while there is memory for it: what is said where there is none any more goes there.
        Console.OpenStandardError().Write([]);
        AppDomain.CurrentDomain.UnhandledException += (_, e) => ExitIfTold((Exception)e.ExceptionObject);
        try
        {
            return Execute(args);
        }
        catch (Exception e) when (IsForWant(e))
        {
            TellWhyNot(e);
            return ExitCode.Errors;
        }
        finally
        {
            if (before is not null)
            {
                Console.OutputEncoding = before;
            }
        }
    }

    /// <summary>Where memory may not grow, or a library is missing, anything in PowerShell may fail, on any thread, and in its start above all.</summary>
    private static bool IsForWant(Exception e) => !s_hasStarted || e.GetBaseException() is OutOfMemoryException;

    private static void TellWhyNot(Exception e) => Console.Error.WriteLine(
        $"tinysora cannot {(s_hasStarted ? "go on" : "start")}: {e.GetBaseException().Message}\nWhere memory is limited (ulimit -v, a container), give it more "
        + "and run the line again; where a file of the program is missing, install it anew.");

    private static void ExitIfTold(Exception e)
    {
        if (IsForWant(e))
        {
            TellWhyNot(e);
            Environment.Exit(ExitCode.Errors);
        }
    }

    private static int Execute(string[] args)
    {
        switch (args)
        {
            case ["--version" or "-Version"]:
                Console.WriteLine($"tinysora {typeof(Program).Assembly.GetName().Version!.ToString(3)}, PowerShell {HostCommands.EngineVersion}");
                return ExitCode.Success;
            case ["help" or "-h" or "--help" or "-?" or "/?"]:
                Console.WriteLine(Usage);
                return ExitCode.Success;
            case ["-s", ..]:
                HostCommands.ServeJob(args);
                return ExitCode.Success;
            case [var script, ..] when script.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase) && !File.Exists(script):
                Console.Error.WriteLine($"There is no script '{script}'. Check the spelling, or give the path from {Environment.CurrentDirectory}.");
                return ExitCode.Usage;
        }

        ConsoleHost host = new();
        using var session = Session.Open(host);
        s_hasStarted = true;
        return session is null ? ExitCode.Errors : args switch
        {
            [] => new Conversation(session, host).Run(),
            [var script, .. var arguments] when script.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase) => session.RunScript(script, arguments),
            [var command, "-?"] => session.Run($"Get-Help {command}"),
            _ => session.Run(CommandLine.Text(args)),
        };
    }
}
