using System.Management.Automation.Runspaces;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Cmdlets.Generation;

namespace TinySora.Soak;

/// <summary>Runs Invoke-TinySoraGenerate in a separate PowerShell session. Each call opens the model, as for a user.</summary>
internal sealed class GenerateCommand : IDisposable
{
    private const string Name = "Invoke-TinySoraGenerate";

    private readonly Runspace runspace;

    public GenerateCommand()
    {
        var state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry(Name, typeof(InvokeTinySoraGenerateCommand), helpFileName: null));
        runspace = RunspaceFactory.CreateRunspace(state);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
    }

    /// <exception cref="InvalidOperationException">The command reported an error, or did not write one object per clip.</exception>
    public void Run(string model, GenerationRequest request)
    {
        using var shell = System.Management.Automation.PowerShell.Create(runspace);
        var videos = shell.AddCommand(Name)
            .AddParameter("Prompt", request.Prompt).AddParameter("Checkpoint", model).AddParameter("OutputPath", request.OutputPath)
            .AddParameter("Seed", request.Seed).AddParameter("Count", request.Count).AddParameter("Force", request.Force).AddParameter("Device", "cpu")
            .Invoke();
        if (shell.HadErrors || videos.Count != request.Count)
        {
            throw new InvalidOperationException($"{Name} wrote {videos.Count} objects. {string.Join(' ', shell.Streams.Error)}");
        }
    }

    public void Dispose() => runspace.Dispose();
}
