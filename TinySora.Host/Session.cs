using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using TinySora.Commands;

namespace TinySora.Host;

/// <summary>A runspace with TinySora in it, and what runs there one after the other.</summary>
internal sealed class Session : IDisposable
{
    private readonly ConsoleHost host;
    private readonly Runspace runspace;
    private readonly Interruption interruption = new();

    private Session(ConsoleHost host)
    {
        this.host = host;
        var module = ModuleLocator.Find(Environment.GetEnvironmentVariable(ModuleLocator.Variable), AppContext.BaseDirectory);
        if (module is not null)
        {
            ModuleLocator.AddToPath(module);
        }

        runspace = RunspaceFactory.CreateRunspace(host, HostCommands.CreateState(module));
        runspace.Open();
        Runspace.DefaultRunspace = runspace;
        HostCommands.TellWhatIsMissing(runspace);
        if (module is null)
        {
            host.UI.WriteWarningLine(
                $"The module TinySora was not found near {AppContext.BaseDirectory}: PowerShell runs without it. Run build.sh build, or set "
                + $"{ModuleLocator.Variable} to the module's folder.");
        }
    }

    /// <summary>A session; null where that or the module in it failed, which was said then.</summary>
    public static Session? Open(ConsoleHost host)
    {
        try
        {
            return new Session(host);
        }
        catch (RuntimeException e)
        {
            host.UI.WriteErrorLine($"TinySora cannot be imported: {e.Message}");
            return null;
        }
    }

    /// <summary>Whether the program was asked to end.</summary>
    public bool MustEnd => interruption.MustEnd;

    /// <summary>Whether the last command succeeded.</summary>
    public bool Succeeded => LanguagePrimitives.IsTrue(Ask(shell => shell.AddScript("$global:?")));

    /// <summary>Commands as they are typed; what they write is shown.</summary>
    /// <returns>The exit code as PowerShell has it: of <c>exit</c>, else whether the last command succeeded.</returns>
    public int Run(string text)
    {
        var failed = !Execute(shell => shell.AddScript(text), ReadsInput(Parser.ParseInput(text, out _, out _)), isTyped: true);
        return End(failed || !Succeeded);
    }

    /// <summary>A script with the words after it; what goes wrong in it without ending it is no failure.</summary>
    public int RunScript(string file, string[] words)
    {
        HostCommands.LetScriptsExit(runspace);
        var path = Path.GetFullPath(file);
        Command command = new(path, isScript: false, useLocalScope: false);
        foreach (var (name, value) in CommandLine.Parameters(words))
        {
            command.Parameters.Add(name, value);
        }

        return End(!Execute(shell => shell.Commands.AddCommand(command), ReadsInput(Parser.ParseFile(path, out _, out _))));
    }

    /// <summary>Runs something, shows what it writes, and shows the error that ended it.</summary>
    /// <param name="isTyped">It belongs to the history, and <c>$?</c> is about it.</param>
    /// <returns>Whether it came to its end.</returns>
    public bool Execute(Action<PowerShell> add, bool readsInput = false, bool isTyped = false)
    {
        using var shell = PowerShell.Create(runspace);
        add(shell);
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        Command shown = new("Out-Default", isScript: false, useLocalScope: true)
        {
            MergeUnclaimedPreviousCommandResults = PipelineResultTypes.Error | PipelineResultTypes.Output,
        };
        shell.Commands.AddCommand(shown);
        using var stopping = interruption.Stops(shell);
        try
        {
            shell.Invoke(readsInput ? StandardInput() : [], new PSInvocationSettings { AddToHistory = isTyped });
            return true;
        }
        catch (PipelineStoppedException)
        {
            return false;
        }
        catch (RuntimeException e)
        {
            Show(e.ErrorRecord);
            return false;
        }
        finally
        {
            host.EndProgress();
        }
    }

    /// <summary>Runs something whose first result the program itself wants: the prompt, a completion.</summary>
    public PSObject? Ask(Action<PowerShell> add)
    {
        using var shell = PowerShell.Create(runspace);
        add(shell);
        try
        {
            return shell.Invoke() is [var first, ..] ? first : null;
        }
        catch (RuntimeException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        interruption.Dispose();
        runspace.Dispose();
    }

    private int End(bool failed) =>
        interruption.WasAsked ? ExitCode.Interrupted
        : host.AskedToExit ?? (!failed ? ExitCode.Success : HostCommands.LastError(runspace) is ErrorCategory.ResourceBusy ? ExitCode.Busy : ExitCode.Errors);

    private void Show(ErrorRecord error)
    {
        using var shell = PowerShell.Create(runspace).AddCommand("Out-Default");
        shell.Invoke(new[] { HostCommands.AsError(error) });
    }

    private static bool ReadsInput(Ast ast) => Console.IsInputRedirected
        && ast.Find(node => node is VariableExpressionAst variable && variable.VariablePath.UserPath.Equals("input", StringComparison.OrdinalIgnoreCase), true)
            is not null;

    private static IEnumerable<string> StandardInput()
    {
        while (Console.In.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
