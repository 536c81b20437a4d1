using System.ComponentModel;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Generation;
using TinySora.Engine.Studio;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>The page on which one types and sees, as work that goes on until it is cancelled.</summary>
/// <param name="isUsual">Nobody named the checkpoint.</param>
/// <param name="device">auto, cpu, cuda or cuda:N.</param>
/// <param name="opens">Whether the browser is to be opened.</param>
internal sealed class StudioWork(string checkpoint, bool isUsual, string device, bool opens, StudioOptions options)
{
    private const string Activity = "Studio";

    /// <summary>The address of the page; null: it is not there yet.</summary>
    public Uri? Uri { get; private set; }

    /// <summary>Looks, before anything is loaded, whether the checkpoint makes videos and the port is free.</summary>
    public StudioWork Checked()
    {
        VideoGenerator.Check(checkpoint);
        StudioSession.CheckPort(options.Port);
        return this;
    }

    /// <summary>Opens the model, writes the address, and returns when it is cancelled.</summary>
    public void Run(PipelineWriter writer, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation, EngineThread.Stopping);
        using var generator = writer.Open(Activity, isUsual ? "takes" : null, () => VideoGenerator.Open(checkpoint, device));
        using var session = new StudioSession(generator, options);
        session.WarmUp(ends.Token);
        Uri = session.Address;
        writer.Done();
        writer.Information("The studio is open until Ctrl-C. Its address is for you alone: whoever has it can use it on this machine.");
        if (opens)
        {
            OpenBrowser(session);
        }

        var serving = Task.Run(() => session.Run(ends.Token), CancellationToken.None);
        try
        {
            writer.Output(new TinySoraStudio(session.Address, options.Checkpoint, generator.Checkpoint.Step, options.OutputPath));
        }
        catch
        {
            ends.Cancel();
            serving.GetAwaiter().GetResult();
            throw;
        }

        serving.GetAwaiter().GetResult();
    }

    private static void OpenBrowser(StudioSession session)
    {
        try
        {
            // Not the address: other users see the arguments of a program, and the token would be among them.
            SystemViewer.Open(session.WriteOpeningPage());
        }
        catch (Win32Exception e)
        {
            throw InputErrors.NoBrowser(session.Address.AbsoluteUri, e);
        }
    }
}
