using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;
using Engine = System.Management.Automation.PowerShell;

namespace TinySora.PowerShell.Tests.Shell;

/// <summary>An in-process PowerShell session in which TinySora is imported as by a user.</summary>
public sealed class ShellSession : IDisposable
{
    /// <summary>Commands that PowerShell's engine lacks by default.</summary>
    private static readonly string[] Commands = [.. new[] { "Utility", "Management" }
        .Select(part => Path.Combine(Pwsh.Folder, $"Microsoft.PowerShell.Commands.{part}.dll"))];

    private static readonly ConcurrentBag<ShellSession> Idle = [];

    private readonly TestHost host = new();
    private readonly Runspace runspace;

    /// <summary>Displayed output is compared as text.</summary>
    static ShellSession() => PSStyle.Instance.OutputRendering = OutputRendering.PlainText;

    private ShellSession()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([.. Commands, Path.Combine(Cmdlets.Workspace.ModuleFolder, "TinySora.psd1")]);
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        }

        runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
    }

    /// <summary>Returns a session in its initial state, which may be reused from another test.</summary>
    /// <param name="location">The folder that relative paths refer to.</param>
    /// <param name="confirm">Answers questions. Without it, a question is an error, as in a non-interactive session.</param>
    public static ShellSession In(string location, Func<string, bool>? confirm = null)
    {
        var session = Idle.TryTake(out var idle) ? idle : new ShellSession();
        session.host.Confirm = confirm;
        session.runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(location));
        return session;
    }

    /// <summary>Runs a script and returns all of its output.</summary>
    /// <param name="cancellation">Stops the script as Ctrl-C does.</param>
    public ShellRun Run(string script, CancellationToken cancellation = default)
    {
        host.Clear();
        using var engine = Engine.Create(runspace);
        engine.AddScript(script);
        using var registration = cancellation.Register(() => engine.BeginStop(null, null));
        List<PSObject?> objects = [];
        List<ErrorRecord> thrown = [];
        try
        {
            engine.Invoke(null, objects, null);
        }
        catch (PipelineStoppedException)
        {
            // As at the prompt, where Ctrl-C prints nothing.
        }
        catch (RuntimeException e)
        {
            thrown.Add(e.ErrorRecord);
        }

        var stopped = engine.InvocationStateInfo.State == PSInvocationState.Stopped;
        ErrorRecord[] errors = [.. engine.Streams.Error, .. thrown.Except(engine.Streams.Error)];
        return new ShellRun
        {
            Wrapped = objects,
            Errors = errors,
            Warnings = [.. engine.Streams.Warning.Select(record => record.Message)],
            Verbose = [.. engine.Streams.Verbose.Select(record => record.Message)],
            Information = [.. engine.Streams.Information],
            Progress = [.. engine.Streams.Progress],
            Output = Shown(objects),
            ErrorOutput = string.Join('\n', errors.Select(error => $"{error} {error.FullyQualifiedErrorId}\n{error.Exception}")),
            Stopped = stopped,
        };
    }

    /// <summary>Returns the completions at the end of a line.</summary>
    public IReadOnlyList<CompletionResult> Complete(string line)
    {
        using var engine = Engine.Create(runspace);
        return CommandCompletion.CompleteInput(line, line.Length, null, engine).CompletionMatches;
    }

    /// <summary>Returns the session for reuse.</summary>
    public void Dispose()
    {
        host.Clear();
        using (var engine = Engine.Create(runspace))
        {
            engine.AddScript("Get-Job | Remove-Job -Force").Invoke();
        }

        runspace.ResetRunspaceState();
        Idle.Add(this);
    }

    /// <summary>Returns the final screen content: messages of the running script, and its objects in their views.</summary>
    private string Shown(IReadOnlyList<PSObject?> objects)
    {
        using var engine = Engine.Create(runspace);
        engine.AddCommand("Out-Default").Invoke(objects);
        return host.Output;
    }
}
