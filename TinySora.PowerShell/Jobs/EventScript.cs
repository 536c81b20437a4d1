using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TinySora.Engine.Training.Reports;
using TinySora.PowerShell.Cmdlets.Binding;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// The script of -OnEvent. It runs where the output of the run is written, so that the run waits for no script; where it fails, that is a warning.
/// </summary>
internal sealed class EventScript : IDisposable
{
    /// <summary>The variable with the output, errors and warnings of the script.</summary>
    private const string Said = "__TinySoraSaid";

    /// <summary>
    /// Runs a script with an event and keeps its output, errors and warnings, even if it fails in the end. Constrained Language Mode allows no method
    /// calls here.
    /// </summary>
    private const string Listen = $"& $args[0] $args[1] 2>&1 3>&1 | . {{ process {{ ${Said} += , $_ }} }}";

    private readonly ScriptBlock script;
    private readonly InitialSessionState? state;
    private readonly string? location;
    private Runspace? own;

    /// <param name="state">The session of a job; <c>null</c> in the session of the caller.</param>
    private EventScript(ScriptBlock script, InitialSessionState? state, string? location) =>
        (this.script, this.state, this.location) = (script, state, location);

    /// <summary>The script in the session of its caller, to be run on the thread of a pipeline.</summary>
    public static EventScript InSession(ScriptBlock script) => new(script, null, null);

    /// <summary>
    /// The script for a job: it has a session of its own, which begins as the caller's did, with this module, and knows none of its variables.
    /// </summary>
    /// <param name="location">The folder that the session is in.</param>
    public static EventScript OfJob(ScriptBlock script, string location)
    {
        var state = Runspace.DefaultRunspace.InitialSessionState.Clone();
        state.ImportPSModule(new[] { ThisShell.Module });
        state.LanguageMode = Runspace.DefaultRunspace.SessionStateProxy.LanguageMode; // which may have become stricter since the session began
        return new(script, state, location);
    }

    /// <summary>Runs the script with the event as <c>$_</c>. Always from the same thread.</summary>
    /// <param name="write">Takes what the script returns.</param>
    /// <param name="report">Takes the errors after which it goes on; null: they are warnings, too.</param>
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

    private static string Failed(RunEvent what, string message) => $"The script of -OnEvent failed at the event {what.Kind}: {message} The run goes on.";

    /// <inheritdoc cref="Run"/>
    /// <param name="said">Gets the output, errors and warnings, even if the script fails in the end.</param>
    private void RunHere(RunEvent what, List<object?> said)
    {
        var kept = new PSVariable(Said, Array.Empty<object>());
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
    /// Runs it in the session of a job, as a pipeline of its own: outside one PowerShell loses the errors of a script that loads a module on its way.
    /// What the script shows is output, since nobody sees that session.
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
