using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TinySora.Engine.Training.Reports;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// The script of -OnEvent. It runs where the output of the run is written, so that the run waits for no script, and what goes wrong in it is a
/// warning.
/// </summary>
internal sealed class EventScript : IDisposable
{
    private readonly ScriptBlock given;
    private readonly InitialSessionState? state;
    private readonly string? location;
    private Runspace? own;
    private ScriptBlock? here;

    private EventScript(ScriptBlock given, InitialSessionState? state, string? location) => (this.given, this.state, this.location) = (given, state, location);

    /// <summary>The script in the session of its caller, to be run on the thread of a pipeline.</summary>
    public static EventScript InSession(ScriptBlock script) => new(script, null, null) { here = script };

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
    public void Run(RunEvent what, Action<object> write, Action<string> warn)
    {
        try
        {
            here ??= Opened();
            foreach (var said in here.InvokeWithContext(null, [new PSVariable("_", what)], what).Where(said => said is not null))
            {
                switch (said.BaseObject)
                {
                    case ErrorRecord error when own is not null:
                        warn(Failed(what, error.ToString()));
                        break;
                    case WarningRecord warning when own is not null:
                        warn(warning.Message);
                        break;
                    default:
                        write(said);
                        break;
                }
            }
        }
        catch (Exception e) when (e is not (PipelineStoppedException or FlowControlException))
        {
            warn(Failed(what, e.Message));
        }
    }

    public void Dispose() => own?.Dispose();

    private static string Failed(RunEvent what, string message) => $"The script of -OnEvent failed at the event {what.Kind}: {message} The run goes on.";

    private ScriptBlock Opened()
    {
        own = RunspaceFactory.CreateRunspace(state!);
        own.Open();
        own.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(location!));
        Runspace.DefaultRunspace = own; // of this thread

        // Nobody hears the other streams of that session.
        return ScriptBlock.Create($"& {{\n{given}\n}} @args 2>&1 3>&1 6>&1");
    }
}
