using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TinySora.Engine.Training.Reports;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// The script of -OnEvent. It runs where the output of the run is written, so that the run waits for no script; where it fails, that is a warning.
/// </summary>
internal sealed class EventScript : IDisposable
{
    /// <summary>Runs a script with an event, and adds to a list what it returns, reports and warns of: none of that is lost where it then fails.</summary>
    private const string Listen = "& $args[0] $args[1] 2>&1 3>&1 | . { process { $args[0].Add($_) } } $args[2]";

    private readonly ScriptBlock given;
    private readonly InitialSessionState? state;
    private readonly string? location;
    private Runspace? own;
    private (ScriptBlock Script, ScriptBlock Listener)? here;

    private EventScript(ScriptBlock given, InitialSessionState? state, string? location) => (this.given, this.state, this.location) = (given, state, location);

    /// <summary>The script in the session of its caller, to be run on the thread of a pipeline.</summary>
    public static EventScript InSession(ScriptBlock script) => new(script, null, null) { here = (script, ScriptBlock.Create(Listen)) };

    /// <summary>
    /// The script for a job: it has a session of its own, which begins as the caller's did, with this module, and knows none of its variables.
    /// </summary>
    /// <param name="location">The folder that the session is in.</param>
    public static EventScript OfJob(ScriptBlock script, string location)
    {
        var state = Runspace.DefaultRunspace.InitialSessionState.Clone();
        state.ImportPSModule(new[] { ThisShell.Module });
        return new(script, state, location);
    }

    /// <summary>Runs the script with the event as <c>$_</c>. Always from the same thread.</summary>
    /// <param name="write">Takes what the script returns.</param>
    /// <param name="report">Takes the errors after which it goes on; null: they are warnings, too.</param>
    public void Run(RunEvent what, Action<object> write, Action<ErrorRecord>? report, Action<string> warn)
    {
        var said = new List<PSObject?>();
        string? failure = null;
        try
        {
            var (script, listener) = here ??= Opened();
            listener.InvokeWithContext(null, [new PSVariable("_", what)], script, what, said);
        }
        catch (Exception e) when (e is not (PipelineStoppedException or FlowControlException))
        {
            failure = e.Message;
        }

        report ??= error => warn(Failed(what, error.ToString()));
        foreach (var one in said.OfType<PSObject>())
        {
            switch (one.BaseObject)
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

    private (ScriptBlock Script, ScriptBlock Listener) Opened()
    {
        own = RunspaceFactory.CreateRunspace(state!);
        own.Open();
        own.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(location!));
        Runspace.DefaultRunspace = own; // of this thread

        // Nobody sees what that session shows.
        return (ScriptBlock.Create($"& {{\n{given}\n}} @args 6>&1"), ScriptBlock.Create(Listen));
    }
}
