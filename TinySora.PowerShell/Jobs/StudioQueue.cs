using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TinySora.Engine.Errors;
using TinySora.Engine.Studio;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// Queues training runs from the studio's page by calling the cmdlet in a separate session, because the caller's session is busy with the studio.
/// </summary>
internal static class StudioQueue
{
    private const string Command = "Start-TinySoraTraining";

    /// <param name="folder">Folder in which the studio was started.</param>
    public static StudioTrainings For(string folder) => new(folder, Queue, Line);

    /// <summary>Returns the PowerShell command that queues the training run.</summary>
    public static string Line(TrainingOrder order) =>
        $"{Command} {string.Join(' ', Parameters(order).Select(parameter => $"-{parameter.Name} {ArgumentText.QuoteIfNeeded(parameter.Value)}"))} -Queue";

    /// <exception cref="TinySoraException">The cmdlet's error; NotQueued if it is not a TinySora error.</exception>
    private static void Queue(TrainingOrder order)
    {
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        using var shell = System.Management.Automation.PowerShell.Create();
        try
        {
            // Import only the loaded assembly, because the module's script needs commands that this session would have to find first.
            runspace.Open();
            runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(order.Folder));
            shell.Runspace = runspace;
            shell.AddCommand("Import-Module").AddParameter("Assembly", typeof(StudioQueue).Assembly).AddStatement().AddCommand(Command).AddParameter("Queue");
            Parameters(order).ToList().ForEach(parameter => shell.AddParameter(parameter.Name, parameter.Value));
            shell.Invoke();
        }
        catch (RuntimeException e)
        {
            throw Problem(order, e.ErrorRecord);
        }

        if (shell.Streams.Error.FirstOrDefault() is ErrorRecord error)
        {
            throw Problem(order, error);
        }
    }

    private static TinySoraException Problem(TrainingOrder order, ErrorRecord error) =>
        error.Exception as TinySoraException ?? StudioErrors.NotQueued(order.ResultsPath, error.ToString(), error.Exception);

    private static IEnumerable<(string Name, string Value)> Parameters(TrainingOrder order)
    {
        yield return ("Config", order.Config);
        yield return ("DataPath", order.DataPath);
        yield return ("ResultsPath", order.ResultsPath);
        if (order.Budget is not null)
        {
            yield return ("Budget", order.Budget);
        }
    }
}
