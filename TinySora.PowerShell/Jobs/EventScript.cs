using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TinySora.Engine.Training.Reports;
using TinySora.PowerShell.Cmdlets.Binding;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// The script in -OnEvent. It runs on the thread that writes the run's output, so that the run does not wait for the script. A failure of the script is
/// reported as a warning.
/// </summary>
internal sealed class EventScript : IDisposable
{
    /// <summary>Name of the variable that collects the output, errors and warnings of the script.</summary>
    private const string Output = "__TinySoraOutput";

    /// <summary>
    /// Runs a script with an event and collects its output, errors and warnings, even if it fails. Constrained Language Mode does not allow method
    /// calls in this script.
    /// </summary>
    private const string Listen = $"& $args[0] $args[1] 2>&1 3>&1 | . {{ process {{ ${Output} += , $_ }} }}";

    private readonly ScriptBlock script;
    private readonly InitialSessionState? state;
    private readonly string? location;
    private Runspace? own;

    /// <param name="state">Initial state of a job's session; <c>null</c> to use the caller's session.</param>
    private EventScript(ScriptBlock script, InitialSessionState? state, string? location) =>
        (this.script, this.state, this.location) = (script, state, location);

    /// <summary>Creates a script for the caller's session, to run on the pipeline's thread.</summary>
    public static EventScript InSession(ScriptBlock script) => new(script, null, null);

    /// <summary>
    /// Creates a script for a job. It runs in a separate session with the caller's initial state and this module, but without the caller's variables.
    /// </summary>
    /// <param name="location">Current location of the session.</param>
    public static EventScript OfJob(ScriptBlock script, string location)
    {
        var state = Runspace.DefaultRunspace.InitialSessionState.Clone();
        state.ImportPSModule(new[] { ThisShell.Module });
        state.LanguageMode = Runspace.DefaultRunspace.SessionStateProxy.LanguageMode; // the language mode may be stricter now than in the initial state
        return new(script, state, location);
    }

    /// <summary>Runs the script with the event as <c>$_</c>. Must be called on the same thread every time.</summary>
    /// <param name="write">Receives the script's output.</param>
    /// <param name="report">Receives non-terminating errors; <c>null</c> to report them as warnings.</param>
    public void Run(RunEvent what, Action<object> write, Action<ErrorRecord>? report, Action<string> warn)
    {
        var said = new List<object?>();
        string? failure = null;
        try
        {
            if (state is null)
            {
                RunHere(what, said);
            }
            else
            {
                RunApart(what, said);
            }
        }
        catch (Exception e) when (e is not (PipelineStoppedException or FlowControlException))
        {
            failure = e.Message;
        }

        report ??= error => warn(Failed(what, error.ToString()));
        foreach (var one in said.OfType<object>())
        {
            switch (CellAttribute.Plain(one))
            {
                case ErrorRecord error:
                    report(error);
                    break;
                case WarningRecord warning:
                    warn(warning.Message);
                    break;
                default:
                    write(one);
                    break;
            }
        }

        if (failure is not null)
        {
            warn(Failed(what, failure));
        }
    }

    public void Dispose() => own?.Dispose();

    private static string Failed(RunEvent what, string message) =>
        $"The script in -OnEvent failed for the event {what.Kind}: {message}{(message is [.., '.' or '!' or '?'] ? "" : ".")} The run continues.";

    /// <inheritdoc cref="Run"/>
    /// <param name="said">Receives output, errors and warnings, even if the script fails.</param>
    private void RunHere(RunEvent what, List<object?> said)
    {
        var kept = new PSVariable(Output, Array.Empty<object>());
        try
        {
            ScriptBlock.Create(Listen).InvokeWithContext(null, [new PSVariable("_", what), kept], script, what);
        }
        finally
        {
            said.AddRange((object?[])kept.Value);
        }
    }

    /// <summary>
    /// Runs the script in the session of a job, as a separate pipeline. Without a separate pipeline, PowerShell loses the errors of a script that autoloads a
    /// module. Information messages become output, because the session has no host.
    /// </summary>
    /// <inheritdoc cref="RunHere"/>
    private void RunApart(RunEvent what, List<object?> said)
    {
        if (own is null)
        {
            own = RunspaceFactory.CreateRunspace(state!);
            own.Open();
            own.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(location!));
        }

        using var shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = own;
        shell.AddScript($"$_ = $args[0]; & {{\n{script}\n}} $args[0] 2>&1 3>&1 6>&1").AddArgument(what).Invoke(null, said);
    }
}
