using System.Text;
using TinySora.Host.Execution;
using TinySora.Host.Language;
using TinySora.Host.Modules;
using TinySora.Host.Output;

namespace TinySora.Host;

/// <summary>The program <c>tinysora</c>: one pipeline per call.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (!OperatingSystem.IsWindows())
        {
            return Execute(args);
        }

        // A console's own code page has no place for most of the world's captions. It belongs to the shell, too, which gets it back.
        var before = Console.OutputEncoding;
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        try
        {
            return Execute(args);
        }
        finally
        {
            Console.OutputEncoding = before;
        }
    }

    private static int Execute(string[] args)
    {
        if (args is ["--version" or "-Version"])
        {
            Console.WriteLine($"tinysora {typeof(Program).Assembly.GetName().Version!.ToString(3)}");
            return ExitCode.Success;
        }

        var (session, problem) = Load();
        if (args is [] or ["help" or "-h" or "--help" or "-?" or "/?"])
        {
            Usage.Write(session, problem, Console.Out);
            return args.Length == 0 || problem is not null ? ExitCode.Usage : ExitCode.Success;
        }

        return Run(session, args switch
        {
            ["help", ..] => ["Get-Help", .. args[1..]],
            [string command, "-?"] => ["Get-Help", command],
            _ => args,
        }, problem);
    }

    // The host's own commands work without the module, and help says what is wrong with it.
    private static (HostSession Session, string? Problem) Load()
    {
        try
        {
            var path = ModuleLocator.Find(Environment.GetEnvironmentVariable(ModuleLocator.Variable), AppContext.BaseDirectory);
            return (new HostSession(HostModule.Load(path)), null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return (new HostSession(), e.Message);
        }
    }

    private static int Run(HostSession session, string[] args, string? problem)
    {
        using ConsoleStreams streams = new(ConsoleTarget.ForProcess(), session.Views);
        using Interruption interruption = new();
        if (problem is not null)
        {
            streams.Warning(problem);
        }

        var text = string.Join(' ', args);
        return session.Execute(
            () => args.Length == 1 ? LineParser.Parse(text) : WordsParser.Parse(args), text, streams, interruption.Token);
    }
}
