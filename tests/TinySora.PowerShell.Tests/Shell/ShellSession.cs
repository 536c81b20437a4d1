using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;
using Engine = System.Management.Automation.PowerShell;

namespace TinySora.PowerShell.Tests.Shell;

/// <summary>A session of PowerShell's own engine in this process, in which TinySora is imported as a user imports it.</summary>
public sealed class ShellSession : IDisposable
{
    /// <summary>PowerShell's commands that its engine has not by itself.</summary>
    private static readonly string[] Commands = [.. new[] { "Utility", "Management" }
        .Select(part => Path.Combine(Pwsh.Folder, $"Microsoft.PowerShell.Commands.{part}.dll"))];

    private static readonly ConcurrentBag<ShellSession> Idle = [];

    private readonly TestHost host = new();
    private readonly Runspace runspace;

    /// <summary>What is shown is compared as text.</summary>
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

    /// <summary>A session as if it were new, which may have served another test.</summary>
    /// <param name="location">The folder that relative paths start from.</param>
    /// <param name="confirm">Answers questions; without it asking is an error, as it is where nobody sits.</param>
    public static ShellSession In(string location, Func<string, bool>? confirm = null)
    {
        var session = Idle.TryTake(out var idle) ? idle : new ShellSession();
        session.host.Confirm = confirm;
        session.runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(location));
        return session;
    }

    /// <summary>Runs a script and returns all it wrote.</summary>
    /// <param name="cancellation">Stops it as Ctrl-C does.</param>
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
            // As at the prompt, where Ctrl-C says nothing.
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

    /// <summary>What Tab offers at the end of a line.</summary>
    public IReadOnlyList<CompletionResult> Complete(string line)
    {
        using var engine = Engine.Create(runspace);
        return CommandCompletion.CompleteInput(line, line.Length, null, engine).CompletionMatches;
    }

    /// <summary>Gives the session back for others.</summary>
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

    /// <summary>What stands on the screen then: what was said while the script ran, and its objects in their views.</summary>
    private string Shown(IReadOnlyList<PSObject?> objects)
    {
        using var engine = Engine.Create(runspace);
        engine.AddCommand("Out-Default").Invoke(objects);
        return host.Output;
    }
}
